/** A box in pixels of a canvas. */
interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** An edge between a pixel that is in and one that is not, in pixels of the mask. */
export type Edge = readonly [fromX: number, fromY: number, toX: number, toY: number];

/** The edges of the part of a mask that is not 0, those in line joined; the mask's own
 * border counts where the part reaches it.
 *
 * @param mask [rows, columns]
 */
export function edgesOf(mask: Uint8Array, rows: number, columns: number): Edge[] {
  const isIn = (row: number, column: number) =>
    row >= 0 &&
    row < rows &&
    column >= 0 &&
    column < columns &&
    mask[row * columns + column] !== 0;
  const across = (y: number, x: number) => isIn(y - 1, x) !== isIn(y, x);
  const down = (x: number, y: number) => isIn(y, x - 1) !== isIn(y, x);
  return [
    ...runs(rows, columns, across).map(([y, from, to]): Edge => [from, y, to, y]),
    ...runs(columns, rows, down).map(([x, from, to]): Edge => [x, from, x, to]),
  ];
}

/** Draw edges over a picture: light blue in black, seen on any colour, and told from the
 * edges of patches, which are white.
 *
 * @param size columns and rows of the mask
 * @param box where the whole picture lies in the canvas
 */
export function drawOutline(
  context: CanvasRenderingContext2D,
  edges: readonly Edge[],
  [columns, rows]: readonly [number, number],
  box: Box,
): void {
  const [wide, high] = [box.width / columns, box.height / rows];
  context.save();
  context.beginPath();
  for (const [fromX, fromY, toX, toY] of edges) {
    context.moveTo(box.x + fromX * wide, box.y + fromY * high);
    context.lineTo(box.x + toX * wide, box.y + toY * high);
  }
  context.lineCap = "square";
  for (const [width, colour] of [
    [4, "#000"],
    [2, "#5cf"],
  ] as const) {
    context.lineWidth = width * devicePixelRatio;
    context.strokeStyle = colour;
    context.stroke();
  }
  context.restore();
}

/** Where something holds on the lines of a grid, as [line, from, to] for each run. */
function runs(
  lines: number,
  length: number,
  holds: (line: number, at: number) => boolean,
): [number, number, number][] {
  const found: [number, number, number][] = [];
  for (let line = 0; line <= lines; line++) {
    for (let at = 0; at < length; at++) {
      if (!holds(line, at)) continue;
      const from = at;
      while (at < length && holds(line, at)) at++;
      found.push([line, from, at]);
    }
  }
  return found;
}
