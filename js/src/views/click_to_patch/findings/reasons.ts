import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** Why there is no flip to the wanted class to look into at all, or "". */
export function reasonNoFlip({ wanted, facts }: Patcher): string {
  if (wanted !== facts.top) return "";
  return WORDS.sameClass(nameOf(facts, wanted));
}

/** Why the edits can't be tried elsewhere, or "". */
export function reasonNot(view: Patcher): string {
  return view.acting.length === 0 ? WORDS.noEdits : reasonNoFlip(view);
}
