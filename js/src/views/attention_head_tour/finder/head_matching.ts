import type { Sizes } from "../../../core/attention";
import { FINDER_WORDS as WORDS } from "./finder_words";
import {
  allPlaces,
  baseOf,
  type Column,
  type HeadTable,
  type Place,
} from "./head_table";
import {
  checkPlaces,
  holds,
  isWithin,
  parseSearch,
  SearchError,
  type Term,
} from "./search";

type Matcher = (place: Place) => boolean;

const NEAREST = 3;

/** Which heads a search finds.
 *
 * @param table what was measured; null while only addresses can be searched
 * @throws SearchError when the text can't be read, or asks for what there is not
 */
export function readSearch(
  text: string,
  sizes: Sizes,
  table: HeadTable | null,
): Matcher {
  const terms = parseSearch(text);
  checkPlaces(terms, sizes);
  const matchers = terms.map((term) => matcherOf(term, table));
  return (place) => matchers.every((matches) => matches(place));
}

function matcherOf(term: Term, table: HeadTable | null): Matcher {
  if (term.kind === "place") {
    const { layers, heads } = term;
    return ([layer, head]) => isWithin(layers, layer) && isWithin(heads, head);
  }
  if (!table) throw new SearchError(WORDS.notYet(textOf(term)));
  if (term.kind === "number") {
    const { name } = findColumn(table.ranked, term.name);
    return (place) => holds(table.value(name, place), term.comparison, term.value);
  }
  const wanted = term.text;
  const matches: Matcher =
    term.kind === "type"
      ? (place) => isOfType(table.kind(place)?.type ?? "", wanted)
      : (place) => {
          const { type = "", runnerUp = "" } = table.kind(place) ?? {};
          return hasWord(type, wanted) || hasWord(runnerUp, wanted);
        };
  if (!allPlaces(table.sizes).some(matches)) throw unknownWord(wanted, table);
  return matches;
}

function isOfType(type: string, wanted: string): boolean {
  return [type, baseOf(type)].some((name) => plain(name) === plain(wanted));
}

/** Whether a word of a type starts so. */
function hasWord(type: string, start: string): boolean {
  return ` ${plain(type)}`.includes(` ${plain(start)}`);
}

function unknownWord(word: string, table: HeadTable): SearchError {
  const column = table.ranked.find(({ name }) => plain(name) === plain(word));
  if (column) return new SearchError(WORDS.bareColumn(word));
  const types = table.types.map(([type]) => type);
  return new SearchError(WORDS.unknownWord(word, types));
}

/** The column that a name or a title stands for: in full, or the start of only one. */
export function findColumn(columns: readonly Column[], text: string): Column {
  const wanted = plain(text);
  const called = (same: (name: string) => boolean) =>
    columns.filter(({ name, title }) => same(plain(name)) || same(plain(title)));
  const exact = called((name) => name === wanted);
  const found = exact.length > 0 ? exact : called((name) => name.startsWith(wanted));
  const [first] = found;
  if (first && found.length === 1) return first;
  const names = found.map(({ name }) => name);
  if (first) throw new SearchError(WORDS.ambiguousColumn(text, names));
  throw new SearchError(WORDS.unknownColumn(text, nearest(columns, wanted)));
}

function nearest(columns: readonly Column[], wanted: string): string[] {
  const away = ({ name, title }: Column) =>
    plain(`${name} ${title}`).includes(wanted) ? 0 : distance(plain(name), wanted);
  return [...columns]
    .sort((one, other) => away(one) - away(other))
    .slice(0, NEAREST)
    .map(({ name }) => name);
}

/** How many letters to add, leave out or change to get from one word to the other. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

/** Names compare without case, and a space is as good as _. */
function plain(text: string): string {
  return text.toLowerCase().replaceAll("_", " ").trim();
}

function textOf(term: Exclude<Term, { kind: "place" }>): string {
  return term.kind === "number"
    ? `${term.name}${term.comparison}${term.value}`
    : term.text;
}
