import type { PatchGrid } from "../../../core/grid";
import type { Lens, PictureBox } from "../lens";

/** Darken all patches but those of the kind that is pointed at in the legend. */
export function drawHighlight(
  { facts, readings, highlight }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const { kind } = highlight;
  if (!kind) return;
  const isOf = (token: number) => {
    const target = readings.top(layer, token);
    return (kind.of === "class" ? target : facts.superclassOf[target]) === kind.index;
  };
  context.fillStyle = "rgba(10, 10, 14, 0.78)";
  eachCell(facts.grid, box, (token, x, y, width, height) => {
    if (!isOf(token)) context.fillRect(x, y, width, height);
  });
  drawEdges(facts.grid, context, box, isOf);
}

/** Draw the edge of the mask around its patches. */
export function drawMaskEdges(
  { facts, readings, settings }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const classes = new Set(settings.get("mask"));
  const isIn = (token: number) => classes.has(readings.top(layer, token));
  drawEdges(facts.grid, context, box, isIn);
}

/** Ring the patches whose vectors are unusually long. */
export function drawArtifacts(
  { facts }: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const unit = devicePixelRatio;
  eachCell(facts.grid, box, (token, x, y, width, height) => {
    if (!isArtifact(facts, layer, token)) return;
    const radius = Math.min(width, height) / 2 - unit;
    context.beginPath();
    context.arc(x + width / 2, y + height / 2, radius, 0, 2 * Math.PI);
    strokeTwice(context, 1.6 * unit);
  });
}

export function isArtifact(
  { artifacts, sizes }: Pick<Lens["facts"], "artifacts" | "sizes">,
  layer: number,
  token: number,
): boolean {
  return artifacts[(layer + 1) * sizes.tokens + token] === 1;
}

/** Draw lines between patches that belong to something and those that don't. */
function drawEdges(
  grid: PatchGrid,
  context: CanvasRenderingContext2D,
  box: PictureBox,
  isIn: (token: number) => boolean,
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
  strokeTwice(context, 2 * devicePixelRatio);
}

/** White within black shows on any colour. */
function strokeTwice(context: CanvasRenderingContext2D, width: number): void {
  context.lineCap = "square";
  context.strokeStyle = "#000";
  context.lineWidth = 2 * width;
  context.stroke();
  context.strokeStyle = "#fff";
  context.lineWidth = width;
  context.stroke();
}

/** Visit all patches with their boxes in whole pixels, so that none touch or part. */
function eachCell(
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
