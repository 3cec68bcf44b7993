import type { PatchEdit } from "../../../core/state.gen";
import type { Patcher } from "../patcher";
import type { Cell, GridPlan } from "./grid_plan";

/** Whether a cell's part is edited, edited at some of its tokens only, or by edits that
 * are all switched off. */
export type Edited = "no" | "off" | "partly" | "on";

/** Stands for all tokens. */
const ALL = "";

/** Which cells are edited, which marked, and which have no answer in a saved page. */
export class CellMarks {
  /** Whether edits act, by component and token. */
  readonly #acts = new Map<string, Map<string, boolean>>();
  readonly #marked: ReadonlySet<string>;

  /** @param answers whether a click on a part is answered; null where all are */
  constructor(
    edits: readonly Pick<PatchEdit, "address" | "tokens" | "switch">[],
    marked: readonly string[],
    readonly answers: Patcher["answers"] | null = null,
  ) {
    this.#marked = new Set(marked);
    for (const edit of edits) {
      const acts = this.#acts.get(edit.address) ?? new Map<string, boolean>();
      this.#acts.set(edit.address, acts);
      for (const token of edit.tokens.length > 0 ? edit.tokens : [ALL]) {
        acts.set(token, acts.get(token) === true || edit.switch === "on");
      }
    }
  }

  edited(plan: GridPlan, cell: Cell): Edited {
    const acts = this.#acts.get(plan.address(cell));
    if (!acts) return "no";
    if (acts.get(ALL)) return "on";
    const [token] = plan.tokens(cell);
    if (token !== undefined) {
      if (acts.get(token)) return "on";
      return acts.has(token) || acts.has(ALL) ? "off" : "no";
    }
    return [...acts.values()].includes(true) ? "partly" : "off";
  }

  /** There is nothing to paint. */
  get isEmpty(): boolean {
    return this.#acts.size === 0 && this.#marked.size === 0 && !this.answers;
  }

  /** A click on it has no answer. */
  isClosed(plan: GridPlan, cell: Cell): boolean {
    return this.answers?.(plan.address(cell), plan.tokens(cell)) === false;
  }

  isMarked(plan: GridPlan, cell: Cell): boolean {
    return this.#marked.has(plan.address(cell));
  }
}
