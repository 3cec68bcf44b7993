import { messageOf } from "../../../core/requests";
import type { Side } from "../side";
import type { Change, Tour } from "../tour";
import { type FoundHeads, findHeads } from "./found_heads";
import { readSearch } from "./head_matching";
import type { HeadTable } from "./head_table";
import { MeasuredHeads } from "./measured_heads";

const CAUSES: readonly Change[] = [
  "search",
  "sort",
  "selection",
  "side",
  "shown",
  "statistics",
];

/** What of a side's heads is searched for, sorted by and found: shared by the search box
 * and the grid. */
export class Finder {
  found: FoundHeads;
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #measured: MeasuredHeads;

  constructor(tour: Tour, side: Side) {
    this.#tour = tour;
    this.#side = side;
    this.#measured = new MeasuredHeads(tour, side);
    this.found = this.#find();
  }

  /** What was measured of the heads on show; null while there is nothing. */
  get table(): HeadTable | null {
    return this.isOpen ? this.#measured.table : null;
  }

  /** Why there is no table, or "". */
  get trouble(): string {
    return this.#measured.trouble;
  }

  /** How many heads there are on show. */
  get total(): number {
    const { layers, heads } = this.#side.sizes;
    return layers * heads;
  }

  /** Whether there are heads to be found: a rollout has one map a layer. */
  get isOpen(): boolean {
    return this.#tour.settings.get("shown") !== "rollout";
  }

  /** Why a text can't be searched for, or "". */
  errorOf(text: string): string {
    try {
      readSearch(text, this.#side.sizes, this.table);
      return "";
    } catch (error) {
      return messageOf(error);
    }
  }

  /** Whether what is found may be another now. */
  concerns(changed: ReadonlySet<Change>): boolean {
    return CAUSES.some((cause) => changed.has(cause));
  }

  /** Have the heads measured, unless that was done. */
  measure(): void {
    this.#measured.want();
  }

  /** Find again where that is so. */
  update(changed: ReadonlySet<Change>): void {
    if (this.concerns(changed)) this.found = this.#find();
  }

  #find(): FoundHeads {
    const { settings } = this.#tour;
    const wanted = this.isOpen
      ? {
          search: settings.get("search"),
          sort: settings.get("sort"),
          selection: settings.get("selection"),
        }
      : { search: "", sort: "", selection: [] };
    return findHeads(wanted, this.#side.sizes, this.table);
  }
}
