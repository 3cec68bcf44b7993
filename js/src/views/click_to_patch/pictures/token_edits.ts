import { tokenOfLabel } from "../../../core/address";
import type { PatchGrid } from "../../../core/grid";
import type { PatchEdit } from "../../../core/state.gen";

/** Which tokens a component is edited at. */
export interface TokenEdits {
  /** By edits that act. */
  on: ReadonlySet<number>;
  /** By edits that are switched off, and no other. */
  off: ReadonlySet<number>;
}

/** A patch that stands in the clean image as a donor has it. */
export interface Swap {
  token: number;
  donor: string;
  /** How much of it is the donor's, 0 to 1. */
  share: number;
}

/** What the model takes in: here, and only here, pixels are what is swapped. */
export const INPUT = "L0.resid_pre";

/** @param source only edits that take from this donor; none: whatever they take */
export function tokenEdits(
  edits: readonly PatchEdit[],
  address: string,
  grid: PatchGrid,
  source?: string,
): TokenEdits {
  const here = edits.filter(
    (edit) =>
      edit.address === address && (source === undefined || edit.source === source),
  );
  const tokensOf = (position: PatchEdit["switch"]) =>
    here
      .filter((edit) => edit.switch === position)
      .flatMap((edit) => tokensIn(edit, grid));
  const on = new Set(tokensOf("on"));
  return { on, off: new Set(tokensOf("off").filter((token) => !on.has(token))) };
}

/** The patches that are swapped where the model takes them in, in order. */
export function swaps(edits: readonly PatchEdit[], grid: PatchGrid): Swap[] {
  return edits
    .filter(
      (edit) => edit.switch === "on" && edit.address === INPUT && edit.kind === "patch",
    )
    .flatMap((edit) =>
      tokensIn(edit, grid)
        .filter((token) => grid.isPatch(token))
        .map((token) => ({ token, donor: edit.source, share: edit.strength })),
    );
}

/** Labels as tokens; none are all. */
function tokensIn({ tokens }: PatchEdit, grid: PatchGrid): number[] {
  if (tokens.length === 0) return Array.from({ length: grid.tokens }, (_, at) => at);
  return tokens
    .map((label) => tokenOfLabel(grid, label))
    .filter((token) => token !== null);
}
