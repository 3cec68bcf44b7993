import { parseAddress } from "../../../core/address";
import * as WORDS from "./words";

/** More patches than this are only counted. */
const MOST_NAMED = 2;

/** An address in words: "queries of head 1 of layer 3"; as it is where it has none. */
export function placeName(address: string): string {
  const place = parseAddress(address);
  if (!place) return address;
  const { layer, head, part } = place;
  const ofHead = (WORDS.parts[part] ?? "") + WORDS.head(head ?? 0);
  const what = head === null ? WORDS.sites[part] : ofHead;
  return what ? WORDS.inLayer(what, layer) : address;
}

/** Those of tokens without a place in the image, and those of patches. */
export function splitTokens(labels: readonly string[]) {
  const isPatch = (label: string) => label.startsWith("(");
  const names = labels.filter((label) => !isPatch(label));
  return { names, patches: labels.filter(isPatch) };
}

/** Labels of tokens in words: "cls and 12 patches"; none means all. */
export function tokensName(tokens: readonly string[]): string {
  if (tokens.length === 0) return WORDS.allTokens;
  const { names, patches } = splitTokens(tokens);
  if (patches.length > MOST_NAMED) names.push(WORDS.patches(patches.length));
  else names.push(...patches.map(WORDS.patch));
  const last = names.pop() ?? "";
  return names.length > 0 ? WORDS.and(names.join(", "), last) : last;
}
