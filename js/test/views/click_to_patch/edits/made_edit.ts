import type { PatchEdit } from "../../../../src/core/state.gen";

/** An edit that acts, of a head unless something else is said. */
export function madeEdit(changes: Partial<PatchEdit> = {}): PatchEdit {
  return {
    address: "L1.H2",
    tokens: [],
    kind: "patch",
    strength: 1,
    source: "dog",
    seed: 0,
    switch: "on",
    ...changes,
  };
}
