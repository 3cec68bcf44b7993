import { divergingIndex, divergingPixels } from "../../../core/diverging";
import { Painter } from "../../../core/painter";
import { Backdrop } from "../../../core/picture/backdrop";
import type { Pictured } from "../../../core/picture/pictured";

/** What each patch counts for, over a grey copy of the picture. */
export class SourceHeat {
  readonly #pictured: Pictured;
  readonly #backdrop: Backdrop;
  readonly #painter: Painter;

  constructor(pictured: Pictured, canvas: HTMLCanvasElement) {
    const { grid, picture } = pictured;
    this.#pictured = pictured;
    this.#painter = new Painter(grid.columns, grid.rows, divergingPixels());
    this.#backdrop = new Backdrop(canvas, picture, "grey");
  }

  resize(): void {
    this.#backdrop.resize();
  }

  /** @param values of all tokens, prefix tokens first */
  paint(values: Float32Array, most: number): void {
    if (!this.#backdrop.draw()) return;
    const { grid } = this.#pictured;
    const { indices } = this.#painter;
    for (let patch = 0; patch < indices.length; patch++) {
      indices[patch] = divergingIndex(values[grid.prefix + patch] ?? 0, most);
    }
    this.#painter.commit();
    const { context } = this.#backdrop;
    const { width, height } = context.canvas;
    const from = { x: 0, y: 0, width: grid.columns, height: grid.rows };
    this.#painter.draw(context, from, { x: 0, y: 0, width, height });
  }
}
