import { decode } from "../../core/codec";
import type { Loader } from "../../core/loader";
import { RecentlyUsed } from "../../core/recently_used";
import type { PatcherSweep } from "../../core/state.gen";
import type { Heat, SweepQuestion } from "./patcher";
import { cellsOf, previewQuestion } from "./questions";

interface Sizes {
  layers: number;
  heads: number;
  tokens: number;
}

interface Sweep {
  values: Float32Array;
  correlation: number | null;
}

/** What sweeps found stays in the page up to this many bytes. */
const ROOM = 4_000_000;
/** In place of a correlation that there is not. */
const NONE = -2;

/** What is known of sweeps: exact values that streamed in, and previews. */
export class SweepHeat {
  readonly #sizes: Sizes;
  readonly #previews: Pick<Loader, "get" | "whyNot">;
  readonly #sweeps = new RecentlyUsed<Sweep>(ROOM);

  constructor(sizes: Sizes, previews: Pick<Loader, "get" | "whyNot">) {
    this.#sizes = sizes;
    this.#previews = previews;
  }

  /** Take what the newest sweep has found so far.
   *
   * @throws when its values are not those of its grid
   */
  take(sweep: PatcherSweep): void {
    if (sweep.over === "") return;
    const { values, correlation, ...question } = sweep;
    this.keep(question, decode("values of the sweep", values), correlation);
  }

  /** @throws when these are not the values of the grid that was asked for */
  keep(question: SweepQuestion, values: Float32Array, correlation: number): void {
    const cells = cellsOf(question, this.#sizes);
    if (values.length !== cells) {
      throw new Error(`a sweep of ${cells} cells came with ${values.length} values`);
    }
    const known = correlation === NONE ? null : correlation;
    const kept = { values, correlation: known };
    this.#sweeps.set(nameOf(question), kept, values.byteLength);
  }

  of(question: SweepQuestion): Heat {
    const asked = previewQuestion(question, cellsOf(question, this.#sizes));
    const sweep = this.#sweeps.get(nameOf(question));
    return {
      preview: this.#previews.get(asked),
      exact: sweep?.values ?? null,
      correlation: sweep?.correlation ?? null,
      why: this.#previews.whyNot(asked),
    };
  }
}

/** Whatever order the parts of a question come in. */
function nameOf(question: SweepQuestion): string {
  return JSON.stringify(Object.entries(question).sort());
}
