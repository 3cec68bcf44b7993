import { strongest } from "../../../core/diverging";
import type { Heat } from "../patcher";

/** Whether a value is that of a run, a first approximation, or isn't known. */
export type Certainty = "exact" | "approximate" | "unknown";

/** What is known of each cell of the grid on show: exact where it was run, else the
 * preview. */
export class CellValues {
  /** How many are exact. */
  readonly exactCount: number;
  /** How far the strongest goes from the untouched run. */
  readonly most: number;
  /** NaN where nothing is known. */
  readonly #values: Float32Array;
  readonly #exact: Heat["exact"];

  /**
   * @param count how many cells there are
   * @param untouched the value where nothing is replaced: 0 denoising, 1 noising
   */
  constructor(
    { exact, preview }: Pick<Heat, "preview" | "exact">,
    count: number,
    readonly untouched: number,
  ) {
    this.#exact = exact;
    this.#values = new Float32Array(count).map((_, index) =>
      this.#isExact(index)
        ? (exact?.[index] as number)
        : (preview?.[index] ?? Number.NaN),
    );
    this.exactCount = (exact ?? []).filter((value) => !Number.isNaN(value)).length;
    this.most = strongest(this.#values.map((value) => value - untouched));
  }

  /** NaN where it isn't known. */
  value(index: number): number {
    return this.#values[index] ?? Number.NaN;
  }

  certainty(index: number): Certainty {
    if (Number.isNaN(this.value(index))) return "unknown";
    return this.#isExact(index) ? "exact" : "approximate";
  }

  /** What replacing this cell's part changes. */
  change(index: number): number {
    return this.value(index) - this.untouched;
  }

  /** The cells that change most, the strongest first; equal ones in their order. Few of
   * thousands, in every frame of a sweep: to sort all would take longer. */
  strongest(count: number): number[] {
    const sizes = this.#values.map((value) => Math.abs(value - this.untouched));
    const size = (index: number | undefined) => sizes[index ?? -1] ?? -1;
    const best: number[] = [];
    sizes.forEach((each, index) => {
      // Of NaN, nothing is true.
      if (!(each > size(best[count - 1]))) return;
      const at = best.findIndex((other) => size(other) < each);
      best.splice(at < 0 ? best.length : at, 0, index);
      best.length = Math.min(best.length, count);
    });
    return best;
  }

  #isExact(index: number): boolean {
    return !Number.isNaN(this.#exact?.[index] ?? Number.NaN);
  }
}
