import type { PatchGrid } from "../grid";

/** Where the whole picture lies on a canvas, in the canvas's pixels; closer than the
 * whole it reaches beyond. */
export interface PictureBox {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Draw lines between patches that belong to something and those that don't.
 *
 * @param dash lengths of dashes and gaps, in the canvas's pixels; none for a line
 */
export function drawEdges(
  grid: PatchGrid,
  context: CanvasRenderingContext2D,
  box: PictureBox,
  isIn: (token: number) => boolean,
  dash: readonly number[] = [],
): void {
  const inside = (row: number, column: number) =>
    row >= 0 &&
    column >= 0 &&
    row < grid.rows &&
    column < grid.columns &&
    isIn(grid.token(row, column));
  const line = (x0: number, y0: number, x1: number, y1: number) => {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
  };
  context.beginPath();
  eachCell(grid, box, (token, x, y, width, height) => {
    const { row, column } = grid.place(token);
    if (!inside(row, column)) return;
    const [right, bottom] = [x + width, y + height];
    if (!inside(row - 1, column)) line(x, y, right, y);
    if (!inside(row + 1, column)) line(x, bottom, right, bottom);
    if (!inside(row, column - 1)) line(x, y, x, bottom);
    if (!inside(row, column + 1)) line(right, y, right, bottom);
  });
  strokeTwice(context, 2 * devicePixelRatio, dash);
}

/** Stroke the present path so that it shows on any colour: white within black. */
export function strokeTwice(
  context: CanvasRenderingContext2D,
  width: number,
  dash: readonly number[] = [],
): void {
  context.lineCap = "square";
  context.strokeStyle = "#000";
  context.lineWidth = 2 * width;
  context.stroke();
  context.setLineDash([...dash]);
  context.lineCap = dash.length > 0 ? "butt" : "square";
  context.strokeStyle = "#fff";
  context.lineWidth = width;
  context.stroke();
  context.setLineDash([]);
}

/** Visit all patches with their boxes in whole pixels, so that none touch or part. */
export function eachCell(
  grid: PatchGrid,
  box: PictureBox,
  visit: (token: number, x: number, y: number, width: number, height: number) => void,
): void {
  const across = (column: number) =>
    Math.round(box.x + (column * box.width) / grid.columns);
  const down = (row: number) => Math.round(box.y + (row * box.height) / grid.rows);
  for (let row = 0; row < grid.rows; row++) {
    const [y, bottom] = [down(row), down(row + 1)];
    for (let column = 0; column < grid.columns; column++) {
      const [x, right] = [across(column), across(column + 1)];
      visit(grid.token(row, column), x, y, right - x, bottom - y);
    }
  }
}
