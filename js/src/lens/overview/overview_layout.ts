import { clamp } from "../../core/grid";

/** Where the cells of layers by tokens lie, in CSS pixels. */
export interface Layout {
  /** Of one cell. */
  width: number;
  height: number;
  /** Of all cells together; more than the room where one has to scroll. */
  total: number;
}

/** An emoji smaller than this can't be told from another. */
export const SMALLEST_EMOJI = 9;

/** A column narrower than this can't be seen nor pointed at: one scrolls instead. */
const NARROWEST = 2;
const WIDE_CELL = 16;
const [LOWEST, HIGHEST] = [12, 18];

/** Cells of all tokens side by side.
 *
 * @param room CSS pixels across
 * @param wide whether cells have room for emoji even if one has to scroll
 */
export function layoutFor(room: number, tokens: number, wide: boolean): Layout {
  const fitting = room / tokens;
  const least = wide ? WIDE_CELL : NARROWEST;
  const width = Math.max(fitting, least);
  return {
    width,
    height: clamp(Math.round(width), LOWEST, HIGHEST),
    total: width * tokens,
  };
}

/** Whether all cells fit, yet are too narrow for emoji. */
export function isCramped(room: number, tokens: number): boolean {
  return room / tokens < SMALLEST_EMOJI;
}

export function showsEmoji({ width, height }: Layout): boolean {
  return Math.min(width, height) >= SMALLEST_EMOJI;
}

/** The cell at a point of all cells; points beyond an edge belong to the cells there. */
export function cellAt(
  { width, height }: Layout,
  x: number,
  y: number,
  rows: number,
  tokens: number,
): { row: number; token: number } {
  return {
    row: clamp(Math.floor(y / height), 0, rows - 1),
    token: clamp(Math.floor(x / width), 0, tokens - 1),
  };
}

/** Where to scroll to so that a token's column is on show, moving no more than needed. */
export function scrollTo(
  layout: Layout,
  token: number,
  room: number,
  from: number,
): number {
  const left = token * layout.width;
  return clamp(from, Math.max(0, left + layout.width - room), left);
}
