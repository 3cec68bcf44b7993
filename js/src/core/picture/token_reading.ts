import type { Scope } from "../dispose";
import type { PatchGrid } from "../grid";
import { type Keys, moveInGrid } from "../keyboard";
import type { Stage } from "./stage";

interface Reading {
  /** The token that keys begin from. */
  from(): number;
  /** Called with the token that is pointed at or walked to, or null for none. */
  read(token: number | null): void;
}

/** Let the pointer and keys on a picture choose the token that is read. */
export function readTokens(
  stage: Stage,
  grid: PatchGrid,
  { from, read }: Reading,
  scope: Scope,
): void {
  stage.onPoint(scope, read);
  scope.listen(stage.canvas, "pointerleave", () => read(null));
  scope.listen(stage.root, "blur", () => read(null));
  scope.listen(stage.root, "keydown", (event) => {
    const to = tokenAfterKey(event, grid, from());
    if (to === null) return;
    event.preventDefault();
    read(to);
  });
}

/** The token where a key leads: prefix tokens lie above the picture. Null for keys that
 * don't move. */
export function tokenAfterKey(
  event: Keys,
  grid: PatchGrid,
  from: number,
): number | null {
  if (!grid.isPatch(from)) {
    const to = moveInGrid(event, 0, from, 1, grid.prefix);
    if (event.key === "ArrowDown") return grid.prefix;
    return to && to[0] >= 0 ? to[1] : to && from;
  }
  const { row, column } = grid.place(from);
  const to = moveInGrid(event, row, column, grid.rows, grid.columns);
  if (!to) return null;
  if (to[0] >= 0) return grid.token(...to);
  return grid.prefix > 0 ? grid.prefix - 1 : from;
}
