import { element } from "../../core/dom";
import { contextOf } from "../../core/painter";
import { pictureCanvas } from "../../core/picture/drawing";
import type { PictureBox } from "../../core/picture/patch_edges";
import type { Picture } from "../../core/picture/pictured";

/** How the picture looks behind what is drawn over it. */
export type Look = "dimmed" | "grey" | "colour";

/** The part of the picture that is on show, kept at the canvas's size: scaling it in
 * every frame would cost. */
export class ZoomedBackdrop {
  readonly #colour: HTMLCanvasElement;
  readonly #grey: HTMLCanvasElement;
  readonly #kept = element("canvas");
  #keptAs = "";

  constructor(picture: Picture) {
    this.#colour = pictureCanvas(picture, "colour");
    this.#grey = pictureCanvas(picture, "grey");
  }

  draw(context: CanvasRenderingContext2D, box: PictureBox, look: Look): void {
    const { width, height } = context.canvas;
    const name = [look, width, height, ...Object.values(box)].join();
    if (name !== this.#keptAs) {
      this.#keptAs = name;
      this.#kept.width = width;
      this.#kept.height = height;
      this.#scale(box, look);
    }
    context.drawImage(this.#kept, 0, 0);
  }

  #scale(box: PictureBox, look: Look): void {
    const kept = contextOf(this.#kept);
    kept.imageSmoothingQuality = "high";
    const picture = look === "grey" ? this.#grey : this.#colour;
    kept.drawImage(picture, box.x, box.y, box.width, box.height);
    if (look !== "dimmed") return;
    // Emoji are as bright as pictures: over a darker one they are seen.
    kept.fillStyle = "rgba(18, 18, 24, 0.55)";
    kept.fillRect(0, 0, this.#kept.width, this.#kept.height);
  }
}
