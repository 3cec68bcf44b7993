import { DetachedError, messageOf } from "../../../core/requests";
import type { Side } from "../side";
import type { Tour } from "../tour";
import { FINDER_WORDS as WORDS } from "./finder_words";
import { type HeadTable, tableFrom } from "./head_table";

/** Asks the kernel once what was measured of a side's heads. */
export class MeasuredHeads {
  /** Null while there is nothing. */
  table: HeadTable | null = null;
  /** Why there is no table, or "". */
  trouble: string = WORDS.measuring;
  readonly #tour: Pick<Tour, "requests" | "invalidate" | "detached">;
  readonly #side: Pick<Side, "index" | "facts">;
  #isAsked = false;

  constructor(
    tour: Pick<Tour, "requests" | "invalidate" | "detached">,
    side: Pick<Side, "index" | "facts">,
  ) {
    this.#tour = tour;
    this.#side = side;
  }

  /** Ask, unless that was done or nobody could answer; `statistics` are invalidated when
   * the answer has come. */
  want(): void {
    if (this.#isAsked || this.#tour.detached) return;
    this.#isAsked = true;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const { index, facts } = this.#side;
    try {
      const answer = await this.#tour.requests.ask(
        "statistics",
        { side: index },
        { slow: true },
      );
      this.table = tableFrom(answer, facts.sizes);
      this.trouble = this.table ? "" : WORDS.noNumbers;
    } catch (error) {
      // A kernel that went may come back, and is asked again then.
      this.#isAsked = !(error instanceof DetachedError);
      this.trouble = this.#isAsked
        ? WORDS.notMeasured(messageOf(error))
        : WORDS.detached;
    }
    this.#tour.invalidate("statistics");
  }
}
