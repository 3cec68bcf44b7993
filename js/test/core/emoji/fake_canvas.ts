import type { MakeContext } from "../../../src/core/emoji/canvas";

/** How a font of a test draws a text: where its ink is and how far it goes, in em. */
export interface FakeGlyph {
  width: number;
  colour: "its own" | "the text's";
  ink: { left: number; top: number; width: number; height: number };
}

type Reading = (data: Uint8ClampedArray) => void;

const UNKNOWN: FakeGlyph = glyph({ width: 0.6, colour: "the text's" });

export function glyph(known: Partial<FakeGlyph> = {}): FakeGlyph {
  const ink = { left: -0.4, top: -0.8, width: 0.8, height: 0.9 };
  return { width: 1.2, colour: "its own", ink, ...known };
}

/** Canvases with just this font, which paints every glyph as a filled box.
 *
 * @param reading what a browser does to the pixels that a page reads
 */
export function canvasesWith(
  glyphs: Readonly<Record<string, FakeGlyph>>,
  reading: Reading = () => undefined,
): { makeContext: MakeContext; painted: string[] } {
  const painted: string[] = [];
  const makeContext = (width: number, height: number) =>
    new FakeContext(width, height, glyphs, reading, painted);
  return { makeContext: makeContext as unknown as MakeContext, painted };
}

class FakeContext {
  readonly canvas: { width: number; height: number };
  readonly data: Uint8ClampedArray;
  font = "";
  fillStyle = "#000";

  constructor(
    width: number,
    height: number,
    private readonly glyphs: Readonly<Record<string, FakeGlyph>>,
    private readonly reading: Reading,
    private readonly painted: string[],
  ) {
    this.canvas = { width, height };
    this.data = new Uint8ClampedArray(4 * width * height);
  }

  get #em(): number {
    return Number.parseFloat(this.font);
  }

  save(): void {}
  restore(): void {}
  beginPath(): void {}
  rect(): void {}
  clip(): void {}

  measureText(text: string): { width: number } {
    return { width: (this.glyphs[text] ?? UNKNOWN).width * this.#em };
  }

  fillText(text: string, x: number, y: number): void {
    this.painted.push(text);
    const { colour, ink } = this.glyphs[text] ?? UNKNOWN;
    const own = colour === "its own" ? [250, 200, 0] : this.#textColour();
    const [left, top] = [x + ink.left * this.#em, y + ink.top * this.#em];
    for (let row = Math.round(top); row < top + ink.height * this.#em; row++) {
      for (let at = Math.round(left); at < left + ink.width * this.#em; at++) {
        this.data.set([...own, 255], 4 * (row * this.canvas.width + at));
      }
    }
  }

  getImageData(): { data: Uint8ClampedArray } {
    const data = this.data.slice();
    this.reading(data);
    return { data };
  }

  #textColour(): number[] {
    return [...this.fillStyle.slice(1)].map((digit) => 17 * Number.parseInt(digit, 16));
  }
}
