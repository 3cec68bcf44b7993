import type { Scope } from "../../../core/dispose";
import { moveInGrid } from "../../../core/keyboard";
import type { Side } from "../side";
import type { Tour } from "../tour";
import type { Stage } from "./stage";

/** Let the pointer and keys on a picture of heat choose the token that is read; without
 * either the strongest one is named.
 *
 * @param strongest the token that keys begin from
 */
export function readTokens(
  tour: Tour,
  side: Side,
  stage: Stage,
  strongest: () => number,
  scope: Scope,
): void {
  const read = (token: number | null) => tour.pointed.set(side, token);
  stage.onPoint(scope, read);
  scope.listen(stage.canvas, "pointerleave", () => read(null));
  scope.listen(stage.root, "blur", () => read(null));
  scope.listen(stage.root, "keydown", (event) => {
    const to = moved(event, side, tour.pointed.on(side) ?? strongest());
    if (to === null) return;
    event.preventDefault();
    read(to);
  });
}

/** The token where a key leads; null for keys that don't move. */
function moved(event: KeyboardEvent, side: Side, from: number): number | null {
  const { grid } = side.facts;
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
