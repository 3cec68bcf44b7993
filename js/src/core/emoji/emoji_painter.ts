import { RecentlyUsed } from "../recently_used";
import { hiddenCanvas, type MakeContext } from "./canvas";
import { type EmojiFont, emojiFont } from "./emoji_font";
import { GlyphAtlas } from "./glyph_atlas";
import type { SpriteIndex } from "./sprites";

/** An emoji in a square whose left upper corner is at (x, y). */
export interface EmojiCell {
  emoji: string;
  x: number;
  y: number;
  opacity: number;
}

interface Sprite {
  sheet: ImageBitmap;
  x: number;
  y: number;
  size: number;
}

interface Means {
  font: Pick<EmojiFont, "draws" | "drawInto">;
  makeContext: MakeContext;
  decode: (file: Blob) => Promise<ImageBitmap>;
}

const LARGEST = 128;
const ATLAS_BYTES = 32 * 1024 * 1024;
const DISC = Symbol("disc");

/** Draws emoji from the computer's font where it has them, else from sprite sheets that
 * came; until one comes a small disc stands for the emoji. */
export class EmojiPainter {
  readonly #means: Means;
  readonly #sprites = new Map<string, Sprite>();
  readonly #sheets: ImageBitmap[] = [];
  readonly #atlases = new RecentlyUsed<GlyphAtlas>(ATLAS_BYTES);
  #disposed = false;

  constructor(means: Partial<Means> = {}) {
    this.#means = {
      font: emojiFont(),
      makeContext: hiddenCanvas,
      decode: (file) => createImageBitmap(file),
      ...means,
    };
  }

  /** Those that neither the font nor a sheet draws, each once. */
  needs(emoji: readonly string[]): string[] {
    const unknown = [...new Set(emoji)].filter((each) => !this.#sprites.has(each));
    const drawn = this.#means.font.draws(unknown);
    return unknown.filter((_, at) => !drawn[at]);
  }

  /** Draw from this sheet, too; what was painted before has to be painted again. */
  async addSheet(bytes: Uint8Array, index: SpriteIndex): Promise<void> {
    const file = new Blob([bytes.slice()], { type: "image/webp" });
    const sheet = await this.#means.decode(file);
    const rows = Math.ceil(index.emoji.length / index.columns);
    const [width, height] = [index.columns * index.size, rows * index.size];
    if (this.#disposed || sheet.width !== width || sheet.height !== height) {
      const came = `${sheet.width} x ${sheet.height}`;
      sheet.close();
      if (this.#disposed) return;
      throw new Error(`the sheet of emoji is ${came} pixels, not ${width} x ${height}`);
    }
    this.#sheets.push(sheet);
    const { columns, size } = index;
    for (const [place, emoji] of index.emoji.entries()) {
      const [x, y] = [(place % columns) * size, Math.floor(place / columns) * size];
      this.#sprites.set(emoji, { sheet, x, y, size });
    }
  }

  /** Draw emoji of one size, in the canvas's pixels; every glyph is drawn once for each
   * size and then only copied. */
  draw(
    context: CanvasRenderingContext2D,
    size: number,
    cells: readonly EmojiCell[],
  ): void {
    const side = Math.max(1, Math.round(size));
    const atlas = this.#atlasOf(Math.min(side, LARGEST));
    // All glyphs first: a canvas that is read and written by turns is slow.
    const keys = this.#prepare(atlas, cells);
    context.save();
    context.imageSmoothingEnabled = true;
    for (const [at, { x, y, opacity }] of cells.entries()) {
      if (!(opacity > 0)) continue;
      context.globalAlpha = opacity;
      const key = keys[at] as string | symbol;
      atlas.copy(key, context, Math.round(x), Math.round(y), side);
    }
    context.restore();
  }

  dispose(): void {
    this.#disposed = true;
    for (const sheet of this.#sheets) sheet.close();
    this.#sprites.clear();
  }

  #atlasOf(size: number): GlyphAtlas {
    return (
      this.#atlases.get(String(size)) ?? new GlyphAtlas(size, this.#means.makeContext)
    );
  }

  /** See that the atlas has a glyph for each cell, and say under which key. */
  #prepare(atlas: GlyphAtlas, cells: readonly EmojiCell[]): (string | symbol)[] {
    const lacking = new Set(
      cells.map(({ emoji }) => emoji).filter((emoji) => !atlas.has(emoji)),
    );
    if (lacking.size > 0) this.#add(atlas, [...lacking]);
    this.#atlases.set(String(atlas.size), atlas, atlas.bytes);
    return cells.map(({ emoji }) => (atlas.has(emoji) ? emoji : DISC));
  }

  #add(atlas: GlyphAtlas, emoji: readonly string[]): void {
    const { font } = this.#means;
    const drawn = font.draws(emoji);
    for (const [at, each] of emoji.entries()) {
      const sprite = this.#sprites.get(each);
      if (drawn[at]) {
        atlas.add(each, (context, x, y, size) =>
          font.drawInto(context, each, x, y, size),
        );
      } else if (sprite) {
        atlas.add(each, (context, x, y, size) =>
          drawSprite(context, sprite, x, y, size),
        );
      } else if (!atlas.has(DISC)) atlas.add(DISC, drawDisc);
    }
  }
}

function drawSprite(
  context: CanvasRenderingContext2D,
  sprite: Sprite,
  x: number,
  y: number,
  size: number,
): void {
  context.imageSmoothingQuality = "high";
  const { sheet, size: side } = sprite;
  context.drawImage(sheet, sprite.x, sprite.y, side, side, x, y, size, size);
}

function drawDisc(
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
): void {
  context.fillStyle = "#808080a0"; // seen on light and on dark ground
  context.beginPath();
  context.arc(x + size / 2, y + size / 2, size / 5, 0, 2 * Math.PI);
  context.fill();
}
