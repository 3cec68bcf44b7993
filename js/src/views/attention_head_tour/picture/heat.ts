import { magmaPixels } from "../../../core/colours";
import { element } from "../../../core/dom";
import { contextOf, fitCanvas, Painter } from "../../../core/painter";
import type { Side } from "../side";
import { colouring, type Tour } from "../tour";
import { drawPicture, pictureCanvas } from "./stage";

/** Where attention is low the picture stays visible; where it is high, hue is true. */
function heatOpacity(position: number): number {
  return 0.5 + 0.42 * position;
}

/** The heat of one head over a grey copy of the picture, so that hue means attention. */
export class Heat {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #painter: Painter;
  readonly #context: CanvasRenderingContext2D;
  readonly #picture: HTMLCanvasElement;
  /** The grey picture at the canvas's size: scaling it in every frame would cost. */
  readonly #backdrop = element("canvas");
  #sized = false;

  constructor(tour: Tour, side: Side, canvas: HTMLCanvasElement) {
    const { grid, picture } = side.facts;
    this.#tour = tour;
    this.#side = side;
    this.#painter = new Painter(grid.columns, grid.rows, magmaPixels(heatOpacity));
    this.#context = contextOf(canvas);
    this.#picture = pictureCanvas(picture, "grey");
  }

  resize(): void {
    const { canvas } = this.#context;
    this.#sized = fitCanvas(canvas);
    if (!this.#sized) return;
    this.#backdrop.width = canvas.width;
    this.#backdrop.height = canvas.height;
    drawPicture(contextOf(this.#backdrop), this.#picture);
  }

  /** Show the picture alone. */
  clear(): void {
    if (this.#sized) this.#context.drawImage(this.#backdrop, 0, 0);
  }

  paint(layer: number, head: number): void {
    if (!this.#sized) return;
    const { values, tokens, facts } = this.#side;
    const { grid } = facts;
    const { width, height } = this.#context.canvas;
    this.clear();
    if (!values.isPresent(layer) || !tokens) return;
    values.colour(layer, head, colouring(this.#tour), this.#painter.indices, 0);
    this.#painter.commit();
    this.#painter.draw(
      this.#context,
      { x: 0, y: 0, width: grid.columns, height: grid.rows },
      { x: 0, y: 0, width, height },
    );
  }
}
