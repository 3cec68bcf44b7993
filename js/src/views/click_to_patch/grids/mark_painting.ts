import type { Edited } from "./cell_marks";
import type { Box } from "./grid_layout";

/** White in black is seen on any colour, in any theme. */
const [MARK, EDGE] = ["#fff", "#000"];

/** Cells of so many CSS pixels have room for a tick. */
const ROOMY = 13;

/** A tick in a box of 1 × 1. */
const TICK = [
  [0.1, 0.55],
  [0.4, 0.85],
  [0.9, 0.2],
] as const;

/** Frame a cell by how it is edited: thick, with a tick, where its edit acts; dashed where
 * it is switched off. */
export function paintEdited(
  context: CanvasRenderingContext2D,
  box: Box,
  edited: Edited,
): void {
  if (edited === "no") return;
  const thin = devicePixelRatio;
  if (edited === "off") {
    paintFrame(context, box, MARK, thin, 1.5 * thin);
    context.setLineDash([3 * thin, 2 * thin]);
    paintFrame(context, box, EDGE, thin, 1.5 * thin);
    context.setLineDash([]);
    return;
  }
  paintFrame(context, box, EDGE, 0, 2 * thin);
  // In a narrow cell, more would hide its colour.
  if (box.width < ROOMY * thin) return;
  paintFrame(context, box, MARK, 2 * thin, thin);
  if (edited === "on") paintTick(context, box);
}

/** The corner of a marked cell. */
export function paintFlag(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
): void {
  const size = Math.min(width, height) / 2;
  const right = x + width;
  const corner = new Path2D(`M${right - size} ${y}h${size}v${size}Z`);
  context.fillStyle = EDGE;
  context.fill(corner);
  context.strokeStyle = MARK;
  context.lineWidth = devicePixelRatio;
  context.stroke(corner);
}

/** Thin lines aslant, which any colour shows through. */
export function hatching(context: CanvasRenderingContext2D): CanvasPattern | string {
  const size = Math.round(5 * devicePixelRatio);
  const tile = document.createElement("canvas");
  tile.width = size;
  tile.height = size;
  const drawn = tile.getContext("2d");
  if (!drawn) return "transparent";
  drawn.strokeStyle = "rgba(0, 0, 0, 0.4)";
  drawn.lineWidth = devicePixelRatio;
  drawn.beginPath();
  // Beyond the corners, so that tiles join.
  for (const shift of [-size, 0, size]) {
    drawn.moveTo(shift - 1, size + 1);
    drawn.lineTo(shift + size + 1, -1);
  }
  drawn.stroke();
  return context.createPattern(tile, "repeat") ?? "transparent";
}

function paintFrame(
  context: CanvasRenderingContext2D,
  { x, y, width, height }: Box,
  colour: string,
  inside: number,
  thickness: number,
): void {
  context.strokeStyle = colour;
  context.lineWidth = thickness;
  const inset = inside + thickness / 2;
  context.strokeRect(x + inset, y + inset, width - 2 * inset, height - 2 * inset);
}

function paintTick(context: CanvasRenderingContext2D, box: Box): void {
  const room = Math.min(box.width, box.height) - 6 * devicePixelRatio;
  const size = Math.min(11 * devicePixelRatio, Math.max(room, 4 * devicePixelRatio));
  const left = box.x + (box.width - size) / 2;
  const top = box.y + (box.height - size) / 2;
  context.beginPath();
  for (const [right, down] of TICK) {
    context.lineTo(left + right * size, top + down * size);
  }
  context.lineWidth = 4 * devicePixelRatio;
  context.strokeStyle = MARK;
  context.stroke();
  context.lineWidth = 2 * devicePixelRatio;
  context.strokeStyle = EDGE;
  context.stroke();
}
