import type { Answer } from "../../../core/requests";
import type { PatchEdit } from "../../../core/state.gen";
import { digits } from "../digits";
import { listIn } from "./finding";
import * as WORDS from "./words";

/** One part more that is taken from the donor. */
export interface FlipStep {
  address: string;
  tokens: readonly string[];
  /** Then the logit of the wanted class less the largest other one. */
  margin: number;
}

/** What the search for the fewest parts found. */
export interface Flip {
  found: boolean;
  steps: readonly FlipStep[];
  /** Of the wanted class with nothing edited. */
  baseMargin: number;
  /** Parts that were taken and then not needed. */
  dropped: readonly string[];
  runs: number;
}

export function flipFrom(result: Answer["result"]): Flip {
  return {
    found: result.found === true,
    steps: listIn<FlipStep>(result, "steps"),
    baseMargin: Number(result.base_margin),
    dropped: listIn<string>(result, "dropped"),
    runs: Number(result.n_runs),
  };
}

/** The first steps as edits: tokens of one component are one edit.
 *
 * @param order all labels of tokens, in order
 */
export function editsOf(
  steps: readonly FlipStep[],
  source: string,
  order: readonly string[],
): PatchEdit[] {
  const byAddress = new Map<string, Set<string>>();
  for (const { address, tokens } of steps) {
    const all = byAddress.get(address) ?? new Set();
    for (const token of tokens) all.add(token);
    byAddress.set(address, all);
  }
  return [...byAddress].map(([address, tokens]) => ({
    address,
    tokens: order.filter((label) => tokens.has(label)),
    kind: "patch",
    strength: 1,
    source,
    seed: 0,
    switch: "on",
  }));
}

/** What came of the search, in sentences, the most important first.
 *
 * @param name of the wanted class
 */
export function flipSentences(flip: Flip, over: string, name: string): string[] {
  const { found, steps, dropped, runs, baseMargin } = flip;
  const margin = steps.at(-1)?.margin ?? baseMargin;
  const say = found ? WORDS.found : WORDS.notFound;
  const said = [say(steps.length, over, name, digits(Math.abs(margin)))];
  if (found && steps.length > 1) said.push(WORDS.noSingle);
  if (dropped.length > 0) said.push(WORDS.dropped(dropped.join(", ")));
  if (runs > 0) said.push(WORDS.runs(runs));
  return said;
}
