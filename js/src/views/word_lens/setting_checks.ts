import { sameJson } from "../../core/json_values";
import type { WordLensWritable } from "../../core/state.gen";
import { checkSetting } from "../../lens/setting_checks";
import type { WordFacts } from "./facts";
import { WORDS } from "./words";

/** No more words than this are taken. */
const MOST_WORDS = 200;

/** Throw when a setting can't be shown. Words and numbers of them come in one act: whether
 * these fit those is for Python to say. */
export function checkWordSetting(
  facts: WordFacts,
  name: WordLensWritable,
  value: unknown,
): void {
  if (name !== "words" && name !== "templates") {
    checkSetting(facts, name, value, MOST_WORDS);
    return;
  }
  if (!Array.isArray(value)) throw new Error(`${name} is no list of texts`);
  const shown = name === "words" ? facts.classes.names : facts.templates;
  const saved = facts.readable.length > 0;
  if (saved && !sameJson(value, shown)) throw new Error(WORDS.saved);
}
