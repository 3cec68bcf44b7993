import type { Sizes } from "../../../core/attention";
import { messageOf } from "../../../core/requests";
import { findColumn, readSearch } from "./head_matching";
import { allPlaces, type Column, type HeadTable, type Place } from "./head_table";

export interface Wanted {
  search: string;
  sort: string;
  /** Heads chosen elsewhere; none means all. */
  selection: readonly (readonly number[])[];
}

/** What of the heads is to be seen, and in which order. */
export interface FoundHeads {
  /** The heads that match, in their order. */
  places: readonly Place[];
  matches(place: Place): boolean;
  /** What they are sorted by; null for their places. */
  column: Column | null;
  /** Why a search or an order can't be had: then it changes nothing. */
  error: string;
}

export function findHeads(
  wanted: Wanted,
  sizes: Sizes,
  table: HeadTable | null,
): FoundHeads {
  const errors: string[] = [];
  const attempt = <Result>(work: () => Result, otherwise: Result): Result => {
    try {
      return work();
    } catch (error) {
      errors.push(messageOf(error));
      return otherwise;
    }
  };
  const chosen = new Set(wanted.selection.map(String));
  const isFound = attempt(() => readSearch(wanted.search, sizes, table), everywhere);
  const matches = (place: Place) =>
    (chosen.size === 0 || chosen.has(String(place))) && isFound(place);
  const found = allPlaces(sizes).filter(matches);
  const keys = new Set(found.map(String));
  const { sort } = wanted;
  const column =
    sort && table ? attempt(() => findColumn(table.ranked, sort), null) : null;
  return {
    places: column && table ? table.sorted(found, column.name) : found,
    matches: (place) => keys.has(String(place)),
    column,
    error: errors.join(" · "),
  };
}

function everywhere(): boolean {
  return true;
}
