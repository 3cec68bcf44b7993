import { className } from "../../core/classes/class_facts";
import { element, group, setText } from "../../core/dom";
import { layerName, type Panel } from "../../lens/lens";
import { tokenOfOutput } from "../../lens/readout/output_token";
import { WORDS as LENS_WORDS } from "../../lens/words";
import { WordList } from "./list/word_list";
import { sentencesPanel } from "./sentences/sentences_panel";
import { wordBox } from "./typing/word_box";
import { WordChanges } from "./word_changes";
import type { WordLens } from "./word_lens";
import { WORDS } from "./words";

/** The words: what the picture as a whole says of each, a box for more of them, and the
 * sentences that they are put into. */
export function wordsPanel(lens: WordLens): Panel {
  const changes = new WordChanges(lens);
  const box = wordBox(lens, changes);
  const list = new WordList(lens, changes, () => box.focus());
  const sentences = sentencesPanel(lens, changes);
  // Said anew whenever another word is the likeliest.
  const winner = element("p.vw-words-winner", { role: "status" });
  const same = element("span");
  const map = element("p.vw-muted");
  const hint = element("p.vw-muted", [WORDS.listHint, " ", same]);
  const parts = [box.root, winner, list.root, hint, map, sentences.root];
  return {
    root: group("div.vw-words-panel", WORDS.title, parts),
    update(changed) {
      box.update();
      list.update(changed.has("sprites"));
      sentences.update();
      setText(winner, lens.pending ? "" : winnerOf(lens));
      setText(same, sameAs(lens));
      setText(map, lens.facts.mapCaption);
      map.hidden = lens.facts.mapCaption === "";
    },
  };
}

function winnerOf({ facts }: WordLens): string {
  const { probabilities, classes } = facts;
  const most = Math.max(...probabilities);
  const word = className(classes, probabilities.indexOf(most));
  return WORDS.winner(word, LENS_WORDS.percent(most));
}

/** Which token says what the model says of the picture as a whole. */
function sameAs({ facts }: WordLens): string {
  const token = tokenOfOutput(facts);
  if (token === null) return "";
  return LENS_WORDS.sameAs(facts.grid.name(token), layerName(facts.layers - 1));
}
