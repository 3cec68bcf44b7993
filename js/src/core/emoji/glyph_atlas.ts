import type { MakeContext } from "./canvas";

const COLUMNS = 16;
const FIRST_ROWS = 4;

type Draw = (
  context: CanvasRenderingContext2D,
  x: number,
  y: number,
  size: number,
) => void;

/** Glyphs of one size side by side on one canvas, each drawn once and then copied. */
export class GlyphAtlas {
  readonly size: number;
  readonly #makeContext: MakeContext;
  readonly #places = new Map<string | symbol, number>();
  #context: CanvasRenderingContext2D;

  constructor(size: number, makeContext: MakeContext) {
    this.size = size;
    this.#makeContext = makeContext;
    this.#context = makeContext(COLUMNS * size, FIRST_ROWS * size);
  }

  get bytes(): number {
    const { width, height } = this.#context.canvas;
    return 4 * width * height;
  }

  has(key: string | symbol): boolean {
    return this.#places.has(key);
  }

  add(key: string | symbol, draw: Draw): void {
    const place = this.#places.size;
    if (place * this.size * this.size * 4 >= this.bytes) this.#grow();
    const { x, y } = this.#corner(place);
    draw(this.#context, x, y, this.size);
    this.#places.set(key, place);
  }

  /** Copy a glyph that was added into a square of another canvas. */
  copy(
    key: string | symbol,
    target: CanvasRenderingContext2D,
    x: number,
    y: number,
    size: number,
  ): void {
    const place = this.#places.get(key);
    if (place === undefined) return;
    const from = this.#corner(place);
    const { canvas } = this.#context;
    target.drawImage(canvas, from.x, from.y, this.size, this.size, x, y, size, size);
  }

  #corner(place: number): { x: number; y: number } {
    const row = Math.floor(place / COLUMNS);
    return { x: (place % COLUMNS) * this.size, y: row * this.size };
  }

  #grow(): void {
    const { canvas } = this.#context;
    this.#context = this.#makeContext(canvas.width, 2 * canvas.height);
    this.#context.drawImage(canvas, 0, 0);
  }
}
