import { element, setText, UNHEARD } from "../../../core/dom";
import type { WordChanges } from "../word_changes";
import type { WordLens } from "../word_lens";
import { WORDS } from "../words";
import { AskingBox } from "./asking_box";
import { splitWords } from "./split_words";

/** The box in which words are typed: Enter adds them, and in the empty box Backspace
 * removes the last one. */
export function wordBox(
  lens: WordLens,
  changes: WordChanges,
): { root: HTMLElement; update(): void; focus(): void } {
  const box = new AskingBox(lens.scope, {
    label: WORDS.type,
    hint: WORDS.hint,
    take: WORDS.add,
    rows: 1,
    refused: WORDS.notAdded,
    submit: (text) => addWords(lens, changes, text),
  });
  const { input, button, notes } = box;
  lens.scope.listen(input, "keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      void box.submit();
    } else if (event.key === "Backspace" && input.value === "" && !event.repeat) {
      const last = lens.settings.get("words").at(-1);
      if (last !== undefined && lens.fixed === null) changes.remove(last);
    }
  });
  const label = element("span.vw-label", UNHEARD, [WORDS.type]);
  const line = element("div.vw-words-line", [label, input, button]);
  const why = element("p.vw-muted");
  return {
    root: element("div.vw-words-entry", [line, ...notes, why]),
    update() {
      box.fix(lens.fixed);
      setText(why, lens.fixed ?? "");
      why.hidden = lens.fixed === null;
    },
    focus: () => input.focus(),
  };
}

async function addWords(
  { settings }: WordLens,
  changes: WordChanges,
  text: string,
): Promise<{ text: string; say: string }> {
  const typed = splitWords(text);
  if (typed.length === 0) throw new Error(WORDS.nothing);
  const present = settings.get("words");
  const fresh = typed.filter((each) => !present.includes(each));
  const known = typed.filter((each) => present.includes(each));
  if (fresh.length > 0) await changes.add(fresh);
  return { text: "", say: known.length > 0 ? WORDS.already(known) : "" };
}
