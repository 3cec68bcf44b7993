import { placeOf } from "../address";
import * as WORDS from "./words";

/** More patches than this are only counted. */
const MOST_NAMED = 2;

/** An address in words: "queries of head 1 of layer 3"; as it is where it has none. */
export function placeName(address: string): string {
  const place = placeOf(address);
  if (!place) return address;
  const { layer, head, what } = place;
  if (head === null) return WORDS.sites[what]?.(layer) ?? address;
  return (WORDS.parts[what] ?? "") + WORDS.head(head, layer);
}

/** Labels of tokens in words: "cls and 12 patches"; none means all. */
export function tokensName(tokens: readonly string[]): string {
  if (tokens.length === 0) return WORDS.allTokens;
  const patches = tokens.filter((label) => label.startsWith("("));
  const names = tokens.filter((label) => !label.startsWith("("));
  if (patches.length > MOST_NAMED) names.push(WORDS.patches(patches.length));
  else names.push(...patches.map(WORDS.patch));
  const last = names.pop() ?? "";
  return names.length > 0 ? WORDS.and(names.join(", "), last) : last;
}
