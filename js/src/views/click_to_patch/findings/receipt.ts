import type { Answer } from "../../../core/requests";
import { digits } from "../digits";
import { listIn } from "./finding";
import * as WORDS from "./words";

/** What one edit did. */
export interface EditReceipt {
  address: string;
  tokens: readonly string[];
  /** Null when it did not act. */
  site: string | null;
  /** How often it acted. */
  fired: number;
  largest_change: number;
  /** Of the size of what was there; null for infinite. */
  relative_change: number | null;
}

/** What proves a prediction. */
export interface Receipt {
  edits: readonly EditReceipt[];
  /** Furthest from the logits of the full run; NaN when that is not known. */
  difference: number;
  /** How far rounding may lead. */
  allowed: number;
  problems: readonly string[];
}

export function receiptFrom(result: Answer["result"]): Receipt {
  const { difference, allowed } = result;
  return {
    edits: listIn<EditReceipt>(result, "edits"),
    difference: typeof difference === "number" ? difference : Number.NaN,
    allowed: typeof allowed === "number" ? allowed : Number.NaN,
    problems: listIn<string>(result, "problems"),
  };
}

/** All that speaks against a prediction: what the kernel found, and what the numbers say
 * by themselves.
 *
 * @param asked how many edits were to act
 */
export function problemsOf(receipt: Receipt, asked: number): string[] {
  const { edits, difference, allowed, problems } = receipt;
  const found = [...problems];
  if (edits.length !== asked) found.push(WORDS.miscounted(edits.length, asked));
  const idle = edits.filter(({ site, fired }) => site === null || !(fired > 0));
  found.push(...idle.map(({ address }) => WORDS.didNotAct(address)));
  if (!(difference <= allowed)) found.push(WORDS.tooFar(...sizes(receipt)));
  return found;
}

/** How far from the full run, and how far is allowed. */
export function sizes({ difference, allowed }: Receipt): [string, string] {
  const size = (value: number) => (Number.isNaN(value) ? WORDS.unknown : digits(value));
  return [size(difference), size(allowed)];
}
