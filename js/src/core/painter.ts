interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Colour numbers to pixels, one each. */
export function colourPixels(
  indices: Uint8Array,
  table: Uint32Array,
  pixels: Uint32Array,
): void {
  for (let at = 0; at < indices.length; at++) {
    pixels[at] = table[indices[at] as number] as number;
  }
}

/** Paints maps of colour numbers: table → small image → scaled, with crisp cells. */
export class Painter {
  /** Colour numbers, row by row; write them, then `commit`. */
  readonly indices: Uint8Array;
  readonly #image: ImageData;
  readonly #pixels: Uint32Array;
  readonly #table: Uint32Array;
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;

  /** @param table 256 pixels, one for each colour number */
  constructor(width: number, height: number, table: Uint32Array) {
    this.indices = new Uint8Array(width * height);
    this.#image = new ImageData(width, height);
    this.#pixels = new Uint32Array(this.#image.data.buffer);
    this.#table = table;
    this.#canvas = document.createElement("canvas");
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#context = contextOf(this.#canvas);
  }

  commit(): void {
    colourPixels(this.indices, this.#table, this.#pixels);
    this.#context.putImageData(this.#image, 0, 0);
  }

  /** Draw a part of the map into a box of another canvas, in its pixels. */
  draw(context: CanvasRenderingContext2D, from: Box, to: Box): void {
    // Cells smaller than a pixel would vanish or not by chance: average them instead.
    context.imageSmoothingEnabled = to.width < from.width || to.height < from.height;
    context.drawImage(
      this.#canvas,
      from.x,
      from.y,
      from.width,
      from.height,
      to.x,
      to.y,
      to.width,
      to.height,
    );
  }
}

export function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("this browser gives no 2D canvas, so nothing is drawn");
  return context;
}

/** Give a canvas as many pixels as its box has on this screen; false for no box. */
export function fitCanvas(canvas: HTMLCanvasElement): boolean {
  const width = Math.round(canvas.clientWidth * devicePixelRatio);
  const height = Math.round(canvas.clientHeight * devicePixelRatio);
  if (width === 0 || height === 0) return false;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  return true;
}

/** The width of a map that shows `cells` values across at most `room` pixels: a whole
 * number of pixels for each value, so that all look equally wide, unless that would
 * waste much of the room. */
export function crispWidth(room: number, cells: number): number {
  const crisp = Math.floor(room / cells) * cells;
  return crisp >= 0.85 * room ? crisp : Math.max(1, Math.floor(room));
}
