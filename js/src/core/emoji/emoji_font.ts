import { hiddenCanvas, type MakeContext } from "./canvas";

/** A box in em, from the point that `textAlign` center puts on the baseline. */
interface Ink {
  left: number;
  top: number;
  width: number;
  height: number;
}

const EMOJI_FIRST =
  '"Apple Color Emoji", "Segoe UI Emoji", "Noto Color Emoji", "Twemoji Mozilla", sans-serif';
const TEXT_FIRST = "sans-serif";

// Colours of text: a colour glyph has its own and comes out the same in both.
const TEXT_COLOURS = ["#f00", "#00f"] as const;
const CELL = 24;
const SIZE = 12;
const COLUMNS = 32;

// One emoji is 1 to 1.4 em wide, and two beside each other are at least 2.
const WIDEST = 1.8;
const WIDER_THAN_LETTERS = 1.05;
const EQUAL = 0.001;

// Two readings of one colour may differ a little: some browsers add noise to hinder
// fingerprinting. Faint pixels of an edge have no exact colour either.
const SAME = 8;
const FAINT = 64;
const FEWEST_PIXELS = 6;

const LETTER = "A";
const FACE = "😀";
const FACE_SIZE = 64;

// The face fills this share of its square, as it does on the sprite sheet.
const FACE_SHARE = 117 / 128;

/** Says what the emoji font of this computer draws, if there is one, and draws it. */
export class EmojiFont {
  readonly #makeContext: MakeContext;
  readonly #drawn = new Map<string, boolean>();
  #works: boolean | null = null;
  #ink: Ink | null = null;

  constructor(makeContext: MakeContext = hiddenCanvas) {
    this.#makeContext = makeContext;
  }

  /** Is this emoji drawn in colour and in one piece? Many are best asked for at once. */
  draws(emoji: readonly string[]): boolean[] {
    const unknown = new Set(emoji.filter((each) => !this.#drawn.has(each)));
    if (unknown.size > 0) {
      for (const [each, drawn] of this.#judged([...unknown])) {
        this.#drawn.set(each, drawn);
      }
    }
    return emoji.map((each) => this.#drawn.get(each) ?? false);
  }

  /** Draw an emoji into a square; what reaches beyond is cut off. */
  drawInto(
    context: CanvasRenderingContext2D,
    emoji: string,
    x: number,
    y: number,
    size: number,
  ): void {
    this.#ink ??= this.#inkOfFace();
    const { left, top, width, height } = this.#ink;
    const em = (FACE_SHARE * size) / Math.max(width, height);
    context.save();
    context.beginPath();
    context.rect(x, y, size, size);
    context.clip();
    prepare(context, em);
    context.fillText(
      emoji,
      x + size / 2 - (left + width / 2) * em,
      y + size / 2 - (top + height / 2) * em,
    );
    context.restore();
  }

  #judged(texts: readonly string[]): [string, boolean][] {
    if (!this.#isSane()) return texts.map((text) => [text, false]);
    const sure = this.#isAsWideAsFace(texts);
    const doubtful = texts.filter((_, at) => !sure[at]);
    const inColour = this.#inColour(doubtful);
    return texts.map((text, at) => [
      text,
      sure[at] || inColour[doubtful.indexOf(text)] === true,
    ]);
  }

  /** A browser that keeps pages from reading a canvas finds itself out: a letter is not
   * in colour, and the best known face is. */
  #isSane(): boolean {
    if (this.#works === null) {
      const [letter, face] = this.#inColour([LETTER, FACE]);
      this.#works = face === true && letter === false;
    }
    return this.#works;
  }

  /** Measuring takes a hundredth of the time of drawing. What is as wide as the face,
   * wider than any letter, comes from the same font; the text font goes first, so that
   * its box for an unknown character is not the emoji font's. */
  #isAsWideAsFace(texts: readonly string[]): boolean[] {
    const context = this.#makeContext(1, 1);
    prepare(context, FACE_SIZE);
    const wanted = context.measureText(FACE).width;
    if (wanted < WIDER_THAN_LETTERS * FACE_SIZE) return texts.map(() => false);
    prepare(context, FACE_SIZE, TEXT_FIRST);
    return texts.map(
      (text) => Math.abs(context.measureText(text).width - wanted) < EQUAL * FACE_SIZE,
    );
  }

  #inColour(texts: readonly string[]): boolean[] {
    if (texts.length === 0) return [];
    const rows = Math.ceil(texts.length / COLUMNS);
    const [width, height] = [COLUMNS * CELL, rows * CELL];
    const context = this.#makeContext(width, height * TEXT_COLOURS.length, {
      willReadFrequently: true,
    });
    prepare(context, SIZE);
    const whole = texts.map((text) => context.measureText(text).width <= WIDEST * SIZE);
    for (const [half, colour] of TEXT_COLOURS.entries()) {
      context.fillStyle = colour;
      for (const [at, text] of texts.entries()) {
        if (!whole[at]) continue;
        const { x, y } = cellOf(at);
        context.fillText(text, x + CELL / 2, half * height + y + 0.75 * CELL);
      }
    }
    const { data } = context.getImageData(0, 0, width, height * TEXT_COLOURS.length);
    const pixels = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return texts.map((_, at) => whole[at] === true && hasOwnColours(pixels, at, rows));
  }

  #inkOfFace(): Ink {
    const side = 2 * FACE_SIZE;
    const context = this.#makeContext(side, side, { willReadFrequently: true });
    prepare(context, FACE_SIZE);
    context.fillText(FACE, side / 2, 0.75 * side);
    const { data } = context.getImageData(0, 0, side, side);
    let [left, top, right, bottom] = [side, side, 0, 0];
    for (let at = 0; at < side * side; at++) {
      if ((data[4 * at + 3] as number) < FAINT) continue;
      const [x, y] = [at % side, Math.floor(at / side)];
      [left, right] = [Math.min(left, x), Math.max(right, x + 1)];
      [top, bottom] = [Math.min(top, y), Math.max(bottom, y + 1)];
    }
    return {
      left: (left - side / 2) / FACE_SIZE,
      top: (top - 0.75 * side) / FACE_SIZE,
      width: (right - left) / FACE_SIZE,
      height: (bottom - top) / FACE_SIZE,
    };
  }
}

let shared: EmojiFont | null = null;

/** The font of this page; what was found out about it is kept. */
export function emojiFont(): EmojiFont {
  shared ??= new EmojiFont();
  return shared;
}

/** Does the font that is installed draw this emoji, in colour and in one piece? */
export function emojiFontDraws(emoji: string): boolean {
  return emojiFont().draws([emoji])[0] ?? false;
}

function prepare(
  context: CanvasRenderingContext2D,
  em: number,
  families = EMOJI_FIRST,
): void {
  context.font = `${em}px ${families}`;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
}

function cellOf(at: number): { x: number; y: number } {
  return { x: (at % COLUMNS) * CELL, y: Math.floor(at / COLUMNS) * CELL };
}

/** Are most pixels of a cell alike in both halves of the picture? */
function hasOwnColours(pixels: Uint8Array, cell: number, rows: number): boolean {
  const half = 4 * COLUMNS * CELL * CELL * rows;
  const { x: left, y: top } = cellOf(cell);
  let [seen, same] = [0, 0];
  for (let y = top; y < top + CELL; y++) {
    const start = 4 * (y * COLUMNS * CELL + left);
    for (let at = start; at < start + 4 * CELL; at += 4) {
      const alpha = Math.max(pixels[at + 3] as number, pixels[half + at + 3] as number);
      if (alpha < FAINT) continue;
      seen++;
      if (isSame(pixels, at, half + at)) same++;
    }
  }
  return seen >= FEWEST_PIXELS && 2 * same > seen;
}

function isSame(pixels: Uint8Array, one: number, other: number): boolean {
  for (let channel = 0; channel < 4; channel++) {
    const [a, b] = [pixels[one + channel], pixels[other + channel]];
    if (Math.abs((a as number) - (b as number)) > SAME) return false;
  }
  return true;
}
