import { tokenLabel } from "../../../core/address";
import { clamp, type PatchGrid } from "../../../core/grid";
import type { Cell, GridPlan } from "./grid_plan";

/** In pixels of a canvas. */
export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** Where the cells of a grid lie, in CSS pixels. */
export interface Layout {
  /** Of one cell. */
  width: number;
  height: number;
  /** Of all columns together; more than the room where one has to scroll. */
  total: number;
}

/** Cells of tokens: narrower ones can't be pointed at, wider ones look empty. */
const TOKEN_WIDTH = [8, 26] as const;
const TOKEN_HEIGHT = 20;
const HEAD_WIDTH = [16, 48] as const;
const HEAD_HEIGHT = 24;

/** Pixels that a column's name takes. */
const TOKEN_NAME = 36;
const HEAD_NAME = 22;

/** @param room CSS pixels across */
export function layoutOf(
  { columns, byToken }: Pick<GridPlan, "columns" | "byToken">,
  room: number,
): Layout {
  const [least, most] = byToken ? TOKEN_WIDTH : HEAD_WIDTH;
  const width = clamp(room / columns, least, most);
  const height = byToken ? TOKEN_HEIGHT : HEAD_HEIGHT;
  return { width, height, total: width * columns };
}

/** The CSS pixels across that all cells take at most; null where more room is always of
 * use. */
export function mostRoom({
  columns,
  byToken,
}: Pick<GridPlan, "columns" | "byToken">): number | null {
  return byToken ? null : HEAD_WIDTH[1] * columns + 40;
}

/** The cell at a point of all cells; points beyond an edge belong to the cells there. */
export function cellAt(
  { width, height }: Layout,
  { rows, columns }: Pick<GridPlan, "rows" | "columns">,
  x: number,
  y: number,
): Cell {
  return {
    row: clamp(Math.floor(y / height), 0, rows - 1),
    column: clamp(Math.floor(x / width), 0, columns - 1),
  };
}

/** Where to scroll to so that a column is on show, moving no more than needed. */
export function scrollTo(
  { width }: Layout,
  column: number,
  room: number,
  from: number,
): number {
  const left = Math.max(0, column) * width;
  return clamp(from, Math.max(0, left + width - room), left);
}

/** The cells between two, both included. */
export interface Block {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export function blockOf(one: Cell, other: Cell): Block {
  const [top, bottom] = sorted(one.row, other.row);
  const [left, right] = sorted(one.column, other.column);
  return { top, left, bottom, right };
}

/** Names over columns, where they have room: of heads; or of prefix tokens, and of the
 * patch at which each row of patches begins. */
export function columnNames(
  { columns, byToken }: Pick<GridPlan, "columns" | "byToken">,
  grid: PatchGrid,
  { width }: Layout,
): { column: number; name: string }[] {
  const all = Array.from({ length: columns }, (_, column) => column);
  const named = byToken
    ? all
        .filter((token) => !grid.isPatch(token) || grid.place(token).column === 0)
        .map((column) => ({ column, name: tokenLabel(grid, column) }))
    : all.map((column) => ({ column, name: `H${column}` }));
  const room = byToken ? TOKEN_NAME : HEAD_NAME;
  let free = 0;
  return named.filter(({ column }) => {
    const left = column * width;
    if (left < free) return false;
    free = left + room;
    return true;
  });
}

/** Of a canvas that shows the cells from `from` CSS pixels on, the box of a cell, in whole
 * pixels of the canvas. */
export function boxOf({ width, height }: Layout, from: number, cell: Cell): Box {
  const across = (column: number) =>
    Math.round((column * width - from) * devicePixelRatio);
  const down = (row: number) => Math.round(row * height * devicePixelRatio);
  const [x, y] = [across(cell.column), down(cell.row)];
  return { x, y, width: across(cell.column + 1) - x, height: down(cell.row + 1) - y };
}

/** First and last column that `room` CSS pixels show from `from` on. */
export function columnsSeen(
  { width }: Layout,
  columns: number,
  from: number,
  room: number,
): readonly [number, number] {
  const last = Math.ceil((from + room) / width) - 1;
  return [Math.floor(from / width), Math.min(columns - 1, last)];
}

function sorted(one: number, other: number): readonly [number, number] {
  return one < other ? [one, other] : [other, one];
}
