import type { Range } from "../../../core/colour_scale";
import { heatPixels } from "../../../core/colours";
import { Painter } from "../../../core/painter";
import type { ZoomWindow } from "../../../core/zoom";
import type { HeadMatrix } from "./head_matrix";

/** The colours of a matrix. Where cells are smaller than a pixel, the brightest of
 * neighbours stands for them all: an average would hide a single strong cell. */
export class MatrixBitmap {
  readonly #size: number;
  readonly #table = heatPixels(() => 1);
  readonly #indices: Uint8Array;
  /** Painted maps, by how many cells each way one of their own stands for. */
  readonly #painters = new Map<number, Painter>();
  readonly #painted = new Set<number>();

  constructor(size: number) {
    this.#size = size;
    this.#indices = new Uint8Array(size ** 2);
  }

  colour(matrix: HeadMatrix, range: Range, kind: "linear" | "log"): void {
    matrix.colour(range, kind, this.#indices);
    this.#painted.clear();
  }

  /** Fill a canvas with the part of the matrix that a window shows. */
  draw(context: CanvasRenderingContext2D, { x, y, span }: ZoomWindow): void {
    const { width, height } = context.canvas;
    const cells = Math.ceil(span / width);
    const from = {
      x: x / cells,
      y: y / cells,
      width: span / cells,
      height: span / cells,
    };
    this.#painter(cells).draw(context, from, { x: 0, y: 0, width, height });
  }

  #painter(cells: number): Painter {
    const size = Math.ceil(this.#size / cells);
    const painter = this.#painters.get(cells) ?? new Painter(size, size, this.#table);
    this.#painters.set(cells, painter);
    if (!this.#painted.has(cells)) {
      brightest(this.#indices, this.#size, cells, painter.indices);
      painter.commit();
      this.#painted.add(cells);
    }
    return painter;
  }
}

/** Write the largest of each `cells` × `cells` numbers of a square to a smaller square. */
export function brightest(
  indices: Uint8Array,
  size: number,
  cells: number,
  out: Uint8Array,
): void {
  if (cells === 1) {
    out.set(indices);
    return;
  }
  const smaller = Math.ceil(size / cells);
  out.fill(0);
  for (let row = 0; row < size; row++) {
    const start = Math.floor(row / cells) * smaller;
    let at = row * size;
    for (let column = 0; column < smaller; column++) {
      const end = Math.min(at + cells, (row + 1) * size);
      let most = out[start + column] as number;
      for (; at < end; at++) {
        const index = indices[at] as number;
        if (index > most) most = index;
      }
      out[start + column] = most;
    }
  }
}
