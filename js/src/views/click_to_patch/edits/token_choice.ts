import type { Scope } from "../../../core/dispose";
import { element, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import { selectBox } from "../../../core/view/select_box";
import { splitTokens, tokensName } from "./names";
import * as WORDS from "./words";

type Tokens = readonly string[];

/** The sets of tokens that can be chosen by name: all, each prefix token, and, where
 * these are not all, the patches.
 *
 * @param labels of all tokens, in order
 */
export function namedTokens(labels: Tokens): readonly (readonly [string, Tokens])[] {
  const { names, patches } = splitTokens(labels);
  const all = [WORDS.allTokens, []] as const;
  if (names.length === 0) return [all];
  return [
    all,
    ...names.map((name) => [name, [name]] as const),
    [WORDS.patches(patches.length), patches],
  ];
}

/** At which tokens an edit acts: a few by name, and whatever else was clicked.
 *
 * @param labels of all tokens, in order
 */
export function tokenChoice(
  scope: Scope,
  address: string,
  labels: Tokens,
  choose: (tokens: string[]) => void,
) {
  const named = namedTokens(labels);
  const options = named.map(([name], at) => [String(at), name] as const);
  const chosen = (at: string) => choose([...(named[Number(at)]?.[1] ?? [])]);
  const root = selectBox(scope, options, chosen, {
    "aria-label": WORDS.tokensOf(address),
  });
  /** What has no name of its own; it can be seen, not chosen. */
  const clicked = element("option", { value: "" });
  return {
    root,
    show(tokens: Tokens) {
      const at = named.findIndex(([, each]) => sameJson(each, tokens));
      if (at < 0) root.append(clicked);
      else clicked.remove();
      setText(clicked, tokensName(tokens));
      root.value = at < 0 ? "" : String(at);
    },
  };
}
