import { clamp } from "./grid";

/** The part on show of a square of `size` × `size` cells: it begins at cell (x, y), in
 * parts of a cell, and shows `span` cells each way. */
export interface ZoomWindow {
  readonly size: number;
  readonly x: number;
  readonly y: number;
  readonly span: number;
}

/** No closer than this many cells each way. */
const CLOSEST = 6;

/** All of the square. */
export function wholeSquare(size: number): ZoomWindow {
  return { size, x: 0, y: 0, span: size };
}

/** Make cells `factor` times as large; the point of the square that lies at (across,
 * down), both from 0 to 1 of the window, stays where it is, unless that would show what
 * is beyond an edge. */
export function zoomed(
  window: ZoomWindow,
  factor: number,
  across = 0.5,
  down = 0.5,
): ZoomWindow {
  const { size } = window;
  const span = clamp(window.span / factor, Math.min(CLOSEST, size), size);
  const less = window.span - span;
  return inside(size, window.x + less * across, window.y + less * down, span);
}

/** Move over the square by so many cells, as far as its edges. */
export function moved(window: ZoomWindow, right: number, down: number): ZoomWindow {
  return inside(window.size, window.x + right, window.y + down, window.span);
}

/** The least move after which a cell is on show in full. */
export function revealing(window: ZoomWindow, column: number, row: number): ZoomWindow {
  const { size, x, y, span } = window;
  const near = (start: number, cell: number) => clamp(start, cell + 1 - span, cell);
  return inside(size, near(x, column), near(y, row), span);
}

/** The cell at a point of the window, (across, down) from 0 to 1; points beyond the
 * window's edges belong to the cells there. */
export function cellAt(
  window: ZoomWindow,
  across: number,
  down: number,
): { column: number; row: number } {
  const cell = (start: number, share: number) => {
    const at = Math.floor(start + clamp(share, 0, 1) * window.span);
    return clamp(at, 0, Math.ceil(start + window.span) - 1);
  };
  return { column: cell(window.x, across), row: cell(window.y, down) };
}

export function sameWindow(one: ZoomWindow, other: ZoomWindow): boolean {
  return (
    one.size === other.size &&
    one.x === other.x &&
    one.y === other.y &&
    one.span === other.span
  );
}

function inside(size: number, x: number, y: number, span: number): ZoomWindow {
  return { size, x: clamp(x, 0, size - span), y: clamp(y, 0, size - span), span };
}
