import { element } from "../dom";
import type { PatchGrid } from "../grid";
import { contextOf } from "../painter";
import type { Picture } from "./pictured";

/** The picture at its own size, in colour or in grey. */
export function pictureCanvas(
  { rows, columns, values }: Picture,
  look: "colour" | "grey",
): HTMLCanvasElement {
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
