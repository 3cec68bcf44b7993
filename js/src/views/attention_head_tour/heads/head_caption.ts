import { FINDER_WORDS as WORDS } from "../finder/finder_words";
import type { HeadTable, Place } from "../finder/head_table";

const EFFECTS = [
  ["logit_change", WORDS.logit],
  ["accuracy_change", WORDS.accuracy],
] as const;

/** What was measured of a head, in one line: its type with the evidence, and beside it
 * what becomes of the answer without the head. */
export function measuredCaption(table: HeadTable, place: Place): string {
  const kind = table.kind(place);
  if (!kind) return "";
  const join = kind.type === "mixed" ? WORDS.nearest : WORDS.andThen;
  const type = kind.runnerUp ? join(kind.evidence, kind.runnerUp) : kind.evidence;
  const effects = EFFECTS.map(([column, words]) => {
    const change = table.value(column, place);
    return Number.isNaN(change)
      ? ""
      : words(signed(change, table.margin(column, place)));
  }).filter((effect) => effect !== "");
  if (effects.length === 0) return type;
  return `${type} · ${WORDS.without(effects.join(", "))}`;
}

/** "+0.42 ± 0.05" */
function signed(value: number, margin: number): string {
  const sign = value < 0 ? "−" : "+";
  const text = `${sign}${Math.abs(value).toFixed(2)}`;
  return Number.isNaN(margin) ? text : `${text} ± ${margin.toFixed(2)}`;
}
