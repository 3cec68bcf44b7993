import type { Sizes } from "../../../core/attention";
import { FINDER_WORDS as WORDS } from "./finder_words";

/** What a person typed can't be searched for; the message says why. */
export class SearchError extends Error {}

export type Comparison = ">" | ">=" | "<" | "<=" | "=";

/** From the first to the last, both included. */
type Span = readonly [number, number];

/** One of the conditions that a head has to meet. */
export type Term =
  | { kind: "place"; layers: Span | null; heads: Span | null }
  | { kind: "word"; text: string }
  | { kind: "type"; text: string }
  | { kind: "number"; name: string; comparison: Comparison; value: number };

// A quoted part may hold spaces; a comparison may stand between spaces.
const TERM = /(?:"[^"]*"|[^\s"])+/g;
const SPACED_COMPARISON = /\s*(>=|<=|>|<|=)\s*/g;
const COMPARISON = /^(.*?)(>=|<=|>|<|=)(.*)$/;
const SPAN = "(\\d+)(?:-(\\d+))?";
const PLACE = new RegExp(`^(?:L${SPAN})?(?:(?:^|\\.)H${SPAN})?$`, "i");

/** Read the search box: terms between spaces, which must all hold. An address (`L3.H2`,
 * `L3`, `H2`, `L3-5`), a word that the head's type or runner-up starts with (`corner`),
 * a type (`type=corner`: no runner-up) or a comparison (`entropy>2.1`).
 *
 * @throws SearchError for what is none of these
 */
export function parseSearch(text: string): Term[] {
  if (text.split('"').length % 2 === 0) throw new SearchError(WORDS.openQuote);
  const terms = text.replace(SPACED_COMPARISON, "$1").match(TERM) ?? [];
  return terms.map(parseTerm);
}

/** Throw a SearchError where a term names a layer or head that doesn't exist. */
export function checkPlaces(terms: readonly Term[], sizes: Sizes): void {
  for (const term of terms) {
    if (term.kind !== "place") continue;
    const [layer, head] = [term.layers?.[1] ?? 0, term.heads?.[1] ?? 0];
    if (layer >= sizes.layers) {
      throw new SearchError(WORDS.noLayer(layer, sizes.layers));
    }
    if (head >= sizes.heads) throw new SearchError(WORDS.noHead(head, sizes.heads));
  }
}

export function isWithin(span: Span | null, index: number): boolean {
  return span === null || (span[0] <= index && index <= span[1]);
}

export function holds(value: number, comparison: Comparison, limit: number): boolean {
  switch (comparison) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    case "=":
      return value === limit;
  }
}

/** The search that finds the heads of one type. */
export function typeSearch(type: string): string {
  return type.includes(" ") ? `type="${type}"` : `type=${type}`;
}

function parseTerm(term: string): Term {
  const place = PLACE.exec(term);
  if (place) {
    const [, layer, lastLayer, head, lastHead] = place;
    return {
      kind: "place",
      layers: spanOf(layer, lastLayer, term),
      heads: spanOf(head, lastHead, term),
    };
  }
  const compared = COMPARISON.exec(term);
  if (!compared) return { kind: "word", text: unquoted(term) };
  const [, name = "", comparison, value = ""] = compared;
  return parseComparison(term, unquoted(name), comparison as Comparison, value);
}

function parseComparison(
  term: string,
  name: string,
  comparison: Comparison,
  value: string,
): Term {
  if (name === "") throw new SearchError(WORDS.noName(term));
  if (name.toLowerCase() === "type") {
    if (comparison !== "=") throw new SearchError(WORDS.typeEquals(term));
    const text = unquoted(value);
    if (text === "") throw new SearchError(WORDS.noType(term));
    return { kind: "type", text };
  }
  const number = Number(value);
  if (value === "" || !Number.isFinite(number)) {
    throw new SearchError(WORDS.noNumber(term));
  }
  return { kind: "number", name, comparison, value: number };
}

function spanOf(
  first: string | undefined,
  last: string | undefined,
  term: string,
): Span | null {
  if (first === undefined) return null;
  const span = [Number(first), Number(last ?? first)] as const;
  if (span[1] < span[0]) throw new SearchError(WORDS.backwards(term));
  return span;
}

function unquoted(text: string): string {
  return text.replaceAll('"', "").trim();
}
