import { heatPixels } from "../../../core/colours";
import { Painter } from "../../../core/painter";
import { Backdrop } from "../../../core/picture/backdrop";
import type { Side } from "../side";
import { colouring, type Tour } from "../tour";

/** Where attention is low the picture stays visible; where it is high, hue is true. */
function heatOpacity(position: number): number {
  return 0.5 + 0.42 * position;
}

/** The heat of one head over a grey copy of the picture, so that hue means attention. */
export class Heat {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #painter: Painter;
  readonly #backdrop: Backdrop;

  constructor(tour: Tour, side: Side, canvas: HTMLCanvasElement) {
    const { grid, picture } = side.facts;
    this.#tour = tour;
    this.#side = side;
    this.#painter = new Painter(grid.columns, grid.rows, heatPixels(heatOpacity));
    this.#backdrop = new Backdrop(canvas, picture, "grey");
  }

  resize(): void {
    this.#backdrop.resize();
  }

  /** Show the picture alone. */
  clear(): void {
    this.#backdrop.draw();
  }

  paint(layer: number, head: number): void {
    if (!this.#backdrop.draw()) return;
    const { values, tokens, facts } = this.#side;
    const { grid } = facts;
    if (!values.isPresent(layer) || !tokens) return;
    values.colour(layer, head, colouring(this.#tour), this.#painter.indices, 0);
    this.#painter.commit();
    const { context } = this.#backdrop;
    const { width, height } = context.canvas;
    this.#painter.draw(
      context,
      { x: 0, y: 0, width: grid.columns, height: grid.rows },
      { x: 0, y: 0, width, height },
    );
  }
}
