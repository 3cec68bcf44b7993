import type { Scope } from "../../../core/dispose";
import { element } from "../../../core/dom";
import type { PatchGrid } from "../../../core/grid";
import { contextOf } from "../../../core/painter";
import type { Facts } from "../facts";

/** The picture's box: a canvas with marks over it that tells which patch is pointed at. */
export class Stage {
  readonly root: HTMLElement;
  readonly canvas = element("canvas", { class: "vw-canvas", "aria-hidden": "true" });
  readonly #grid: PatchGrid;

  constructor(facts: Facts, name: string, label: string) {
    this.#grid = facts.grid;
    this.root = element(
      "div",
      {
        class: `vw-stage ${name}`,
        role: "slider",
        tabindex: "0",
        "aria-label": label,
        "aria-valuemin": "0",
        "aria-valuemax": String(facts.grid.tokens - 1),
      },
      [this.canvas],
    );
    this.root.style.aspectRatio = `${facts.picture.columns} / ${facts.picture.rows}`;
  }

  /** What a screen reader hears as this picture's value. */
  speak(token: number, text: string): void {
    this.root.setAttribute("aria-valuenow", String(token));
    this.root.setAttribute("aria-valuetext", text);
  }

  /** Add a frame around patches; it shows nothing until it is placed.
   *
   * The function it returns takes the tokens of a patch or of a rectangle of patches. */
  addMark(name: string): (tokens: readonly number[]) => void {
    const mark = element("div", { class: `vw-mark ${name}`, hidden: "" });
    this.root.append(mark);
    return (tokens) => {
      const [first] = tokens;
      const last = tokens.at(-1);
      mark.hidden = first === undefined || !this.#grid.isPatch(first);
      if (mark.hidden || first === undefined || last === undefined) return;
      const from = this.#grid.box(first);
      const to = this.#grid.box(last);
      mark.style.left = `${100 * from.left}%`;
      mark.style.top = `${100 * from.top}%`;
      mark.style.width = `${100 * (to.left + to.width - from.left)}%`;
      mark.style.height = `${100 * (to.top + to.height - from.top)}%`;
    };
  }

  tokenOf(event: PointerEvent): number {
    const { canvas } = this;
    return this.#grid.tokenAt(
      event.offsetX,
      event.offsetY,
      canvas.clientWidth,
      canvas.clientHeight,
    );
  }

  /** Tell which patch the pointer is at: hovering for a mouse, touching for a finger. */
  onPoint(scope: Scope, point: (token: number, event: PointerEvent) => void): void {
    scope.listen(this.canvas, "pointermove", (event) =>
      point(this.tokenOf(event), event),
    );
    scope.listen(this.canvas, "pointerdown", (event) =>
      point(this.tokenOf(event), event),
    );
  }
}

/** The picture at its own size, in colour or in grey. */
export function pictureCanvas(
  picture: Facts["picture"],
  look: "colour" | "grey",
): HTMLCanvasElement {
  const { rows, columns, values } = picture;
  const image = new ImageData(columns, rows);
  for (let pixel = 0; pixel < rows * columns; pixel++) {
    const rgb = values.subarray(3 * pixel, 3 * pixel + 3);
    const [red = 0, green = 0, blue = 0] = rgb;
    const grey = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    image.data.set(look === "grey" ? [grey, grey, grey] : rgb, 4 * pixel);
    image.data[4 * pixel + 3] = 255;
  }
  const canvas = element("canvas");
  canvas.width = columns;
  canvas.height = rows;
  contextOf(canvas).putImageData(image, 0, 0);
  return canvas;
}

/** Fill a canvas with a picture. */
export function drawPicture(
  context: CanvasRenderingContext2D,
  picture: HTMLCanvasElement,
): void {
  const { width, height } = context.canvas;
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, width, height);
}

/** Draw the lines between patches. */
export function drawGrid(context: CanvasRenderingContext2D, grid: PatchGrid): void {
  const { width, height } = context.canvas;
  context.fillStyle = "rgba(255, 255, 255, 0.35)";
  const thickness = Math.max(1, Math.floor(devicePixelRatio));
  for (let column = 1; column < grid.columns; column++) {
    context.fillRect(Math.round((column * width) / grid.columns), 0, thickness, height);
  }
  for (let row = 1; row < grid.rows; row++) {
    context.fillRect(0, Math.round((row * height) / grid.rows), width, thickness);
  }
}
