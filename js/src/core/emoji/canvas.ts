import { contextOf } from "../painter";

/** Makes a canvas that nobody sees; a test makes another kind. */
export type MakeContext = (
  width: number,
  height: number,
  settings?: CanvasRenderingContext2DSettings,
) => CanvasRenderingContext2D;

export const hiddenCanvas: MakeContext = (width, height, settings) => {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d", settings); // a canvas keeps the settings of the first call
  return contextOf(canvas);
};
