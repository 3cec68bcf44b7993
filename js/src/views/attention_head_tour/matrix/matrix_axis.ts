import type { PatchGrid } from "../../../core/grid";

export interface AxisLabel {
  token: number;
  text: string;
  /** Where the token's middle lies, from 0 to 1 of the axis. */
  at: number;
}

/** Labels along a side of a matrix: of every token where each has room, else of those at
 * which rows of the picture begin, as many as have room.
 *
 * @param start the first token on show, in parts of a token, and `span` how many are
 * @param length of the axis, in the unit of `room`: what one label takes
 */
export function axisLabels(
  grid: PatchGrid,
  { start, span }: { start: number; span: number },
  length: number,
  room: number,
): AxisLabel[] {
  const each = length / span;
  const first = Math.ceil(start - 0.5); // whose middle is on show
  const labels: AxisLabel[] = [];
  for (let token = first; token + 0.5 <= start + span; token++) {
    if (each < room && !beginsRow(grid, token)) continue;
    const last = labels.at(-1);
    if (last && (token - last.token) * each < room) continue;
    const at = (token + 0.5 - start) / span;
    labels.push({ token, text: shortName(grid, token), at });
  }
  return labels;
}

/** The token begins a row of the picture, or is the first of all. */
function beginsRow(grid: PatchGrid, token: number): boolean {
  return token === 0 || (grid.isPatch(token) && grid.place(token).column === 0);
}

function shortName(grid: PatchGrid, token: number): string {
  if (!grid.isPatch(token)) return grid.name(token);
  const { row, column } = grid.place(token);
  return `(${row},${column})`;
}
