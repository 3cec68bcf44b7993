import { element } from "../dom";
import { contextOf, fitCanvas } from "../painter";
import { drawPicture, pictureCanvas } from "./drawing";
import type { Picture } from "./pictured";

/** The picture behind what is drawn over it, kept at the canvas's size: scaling it in
 * every frame would cost. */
export class Backdrop {
  readonly context: CanvasRenderingContext2D;
  readonly #picture: HTMLCanvasElement;
  readonly #scaled = element("canvas");
  #sized = false;

  constructor(canvas: HTMLCanvasElement, picture: Picture, look: "colour" | "grey") {
    this.context = contextOf(canvas);
    this.#picture = pictureCanvas(picture, look);
  }

  /** Fit the canvas to its box; until it has one, nothing is drawn. */
  resize(): void {
    const { canvas } = this.context;
    this.#sized = fitCanvas(canvas);
    if (!this.#sized) return;
    this.#scaled.width = canvas.width;
    this.#scaled.height = canvas.height;
    drawPicture(contextOf(this.#scaled), this.#picture);
  }

  /** Show the picture alone; false while there is no room for it. */
  draw(): boolean {
    if (this.#sized) this.context.drawImage(this.#scaled, 0, 0);
    return this.#sized;
  }
}
