import { element, setAria, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import { buttonRow } from "../../../core/view/button_row";
import { AskingBox } from "../typing/asking_box";
import { splitLines } from "../typing/split_words";
import type { WordChanges } from "../word_changes";
import type { WordLens } from "../word_lens";
import { WORDS } from "../words";
import { READY_SETS } from "./ready_sets";

type Ready = keyof typeof READY_SETS;

/** Folded: the sentences that each word is put into, and some to choose from. */
export function sentencesPanel(
  lens: WordLens,
  changes: WordChanges,
): { root: HTMLElement; update(): void } {
  const box = new AskingBox(lens.scope, {
    label: WORDS.sentencesHint,
    hint: "a photo of a {}.",
    take: WORDS.take,
    rows: 3,
    refused: WORDS.notTaken,
    submit: async (text) => {
      const lines = splitLines(text);
      await changes.put(lines.length > 0 ? lines : READY_SETS.plain);
      return { text: lens.settings.get("templates").join("\n"), say: "" };
    },
  });
  const sets = Object.keys(READY_SETS) as Ready[];
  const buttons = sets.map((name) => {
    const made = element("button.vw-button", [WORDS.sets[name]]);
    lens.scope.listen(made, "click", () => {
      box.input.value = READY_SETS[name].join("\n");
      void box.submit();
    });
    return made;
  });
  const summary = element("summary");
  const hint = element("p.vw-muted", [WORDS.sentencesHint]);
  const ready = buttonRow(WORDS.sentenceSets, buttons);
  const line = element("div.vw-words-line", [box.input, box.button]);
  let shown: readonly string[] = [];
  return {
    root: element("details.vw-sentences", [summary, hint, ready, line, ...box.notes]),
    update() {
      const templates = lens.settings.get("templates");
      box.fix(lens.fixed);
      setText(summary, WORDS.sentencesNow(templates));
      for (const [at, name] of sets.entries()) {
        const button = buttons[at] as HTMLButtonElement;
        setAria(button, "pressed", sameJson(templates, READY_SETS[name]));
        button.disabled = lens.fixed !== null;
      }
      if (sameJson(shown, templates)) return; // what is being typed stays
      shown = templates;
      box.input.value = templates.join("\n");
    },
  };
}
