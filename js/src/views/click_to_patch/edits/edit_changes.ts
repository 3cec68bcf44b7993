import type { PatchEdit } from "../../../core/state.gen";
import { takesDonor } from "../edits";
import { limitsOf } from "./strength_limits";

type Kind = PatchEdit["kind"];

/** Whether a kind draws its value by chance. */
export function isDrawn(kind: Kind): boolean {
  return kind === "noise" || kind === "resample";
}

/** The same edit of another kind: what that kind has no use for is as nothing was chosen,
 * so that edits that do the same are the same.
 *
 * @param donor the donor where the edit had none
 */
export function withKind(edit: PatchEdit, kind: Kind, donor: string): PatchEdit {
  const { least, most } = limitsOf(kind);
  const fits = edit.strength >= least && edit.strength <= most;
  return {
    ...edit,
    kind,
    strength: fits ? edit.strength : 1,
    source: takesDonor(kind) ? edit.source || donor : "",
    seed: isDrawn(kind) ? edit.seed : 0,
  };
}

/** With another edit in the place of one. */
export function withEdit(
  edits: readonly PatchEdit[],
  at: number,
  edit: PatchEdit,
): PatchEdit[] {
  return edits.map((each, index) => (index === at ? edit : each));
}

/** With an edit moved by so many places, as far as there are places. */
export function withMoved(
  edits: readonly PatchEdit[],
  at: number,
  by: number,
): PatchEdit[] {
  const to = Math.min(edits.length - 1, Math.max(0, at + by));
  const others = edits.filter((_, index) => index !== at);
  return [...others.slice(0, to), ...edits.slice(at, at + 1), ...others.slice(to)];
}

/** Without one. */
export function withoutEdit(edits: readonly PatchEdit[], at: number): PatchEdit[] {
  return edits.filter((_, index) => index !== at);
}
