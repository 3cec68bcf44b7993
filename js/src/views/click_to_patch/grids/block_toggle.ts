import type { PatchEdit } from "../../../core/state.gen";
import { type Change, isLike, toggled } from "../edits";
import type { Block } from "./grid_layout";
import type { GridPlan } from "./grid_plan";

/** A component and labels of its tokens. */
interface Target {
  address: string;
  tokens: readonly string[];
}

/** Each row's component, with the tokens of a block of cells. */
export function targetsOf(plan: GridPlan, block: Block): Target[] {
  const { top, left, bottom, right } = block;
  return Array.from({ length: bottom - top + 1 }, (_, down) => ({
    address: plan.address({ row: top + down, column: left }),
    tokens: Array.from({ length: right - left + 1 }, (_, across) =>
      plan.tokens({ row: top, column: left + across }),
    ).flat(),
  }));
}

/** The edits after all of these at once: where all are edited so already they are taken
 * away, else those that are missing are added.
 *
 * @param order all labels, in the order of the grid
 */
export function toggledTogether(
  edits: readonly PatchEdit[],
  targets: readonly Target[],
  change: Change,
  order: readonly string[],
): PatchEdit[] {
  const isComplete = ({ address, tokens }: Target) => {
    const here = edits.filter(
      (edit) => edit.switch === "on" && isLike(edit, address, change),
    );
    const has = (token: string) => (edit: PatchEdit) =>
      edit.tokens.length === 0 || edit.tokens.includes(token);
    return tokens.every((token) => here.some(has(token)));
  };
  const missing = targets.filter((target) => !isComplete(target));
  return (missing.length > 0 ? missing : targets).reduce<PatchEdit[]>(
    (done, { address, tokens }) => toggled(done, address, change, tokens, order),
    [...edits],
  );
}
