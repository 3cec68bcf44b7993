import type { Scope } from "./dispose";

/** What tells one key press from another. */
export interface Keys {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  shiftKey: boolean;
}

/** Whether a key belongs to the notebook or the browser even while focus is in a view:
 * Escape and Tab lead out of it, Shift+Enter and its kin run the cell, and Ctrl, Cmd or
 * Alt make a shortcut of somebody else's. */
export function belongsOutside(event: Keys): boolean {
  if (event.key === "Escape" || event.key === "Tab") return true;
  if (event.ctrlKey || event.metaKey || event.altKey) return true;
  return event.shiftKey && event.key === "Enter";
}

/** Keep the keys of a view from the notebook: a focused button inside an output would
 * still trigger its commands ("b" inserts a cell, arrows move the cell cursor). Likewise
 * keep those of a text from its view, whose commands are letters. */
export function shieldKeys(within: HTMLElement, scope: Scope): void {
  scope.listen(within, "keydown", (event) => {
    if (!belongsOutside(event)) event.stopPropagation();
  });
}

/** Where a key leads from a cell of a grid, as [row, column]; rows below 0 mean upwards
 * out of it. Null for keys that don't move. */
export function moveInGrid(
  event: Keys,
  row: number,
  column: number,
  rows: number,
  columns: number,
): [number, number] | null {
  if (event.metaKey || event.altKey) return null;
  switch (event.key) {
    case "ArrowUp":
      return [row - 1, column];
    case "ArrowDown":
      return [Math.min(rows - 1, row + 1), column];
    case "ArrowLeft":
      return [row, Math.max(0, column - 1)];
    case "ArrowRight":
      return [row, Math.min(columns - 1, column + 1)];
    case "Home":
      return event.ctrlKey ? [0, 0] : [row, 0];
    case "End":
      return event.ctrlKey ? [rows - 1, columns - 1] : [row, columns - 1];
    default:
      return null;
  }
}

/** Enter or Space, unmodified. */
export function isPress(event: Keys): boolean {
  return (event.key === "Enter" || event.key === " ") && !belongsOutside(event);
}
