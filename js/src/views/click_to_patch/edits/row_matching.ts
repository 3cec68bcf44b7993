import { sameJson } from "../../../core/json_values";
import type { PatchEdit } from "../../../core/state.gen";

type Edits = readonly PatchEdit[];

/** For each edit of a list the place that it had in the list before, or -1: the very
 * same edit, else one of the same component that has changed. So a row stays the row of
 * its edit, and keeps the focus, whatever happens around it. */
export function matchRows(before: Edits, after: Edits): number[] {
  const taken = new Set<number>();
  const places = after.map(() => -1);
  const match = (
    isSame: (old: PatchEdit, edit: PatchEdit, moved: boolean) => boolean,
  ) => {
    for (const [index, edit] of after.entries()) {
      if (places[index] !== -1) continue;
      const at = before.findIndex(
        (old, at) => !taken.has(at) && isSame(old, edit, at !== index),
      );
      if (at < 0) continue;
      taken.add(at);
      places[index] = at;
    }
  };
  match((old, edit, moved) => !moved && sameJson(old, edit));
  match(sameJson);
  match(
    (old, edit) => old.address === edit.address && sameJson(old.tokens, edit.tokens),
  );
  match((old, edit) => old.address === edit.address);
  return places;
}
