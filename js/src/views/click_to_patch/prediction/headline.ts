import { element, setText, UNHEARD } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { percent } from "../../../core/numbers";
import { nameOf } from "../facts";
import type { Patcher, Prediction } from "../patcher";
import * as WORDS from "./words";

/** "🐱 tabby 62 % → 🐶 collie 81 %", and whether that is another class. */
export function headline(view: Patcher) {
  const [first, second] = [says(view), says(view)];
  const arrow = element("span.vw-arrow", UNHEARD, ["→"]);
  const sign = element("span.vw-flip-sign");
  return {
    root: element("p.vw-headline", [first.root, arrow, second.root, sign]),
    /** @param anew more emoji can be drawn than before */
    update(before: Prediction, now: Prediction, anew: boolean) {
      const isEdited = now.edits.length > 0;
      const isChanged = now.top !== before.top;
      first.update(before, anew);
      first.root.classList.toggle("vw-now", !isEdited);
      second.update(now, anew);
      second.root.hidden = !isEdited;
      arrow.hidden = !isEdited;
      sign.classList.toggle("vw-flipped", isChanged && now.top === view.wanted);
      const notChanged = isEdited ? WORDS.same : WORDS.unedited;
      setText(sign, isChanged ? changed(view, before.top, now.top) : notChanged);
    },
  };
}

/** Whether another class is the one that one wants to see. */
function changed({ facts, wanted }: Patcher, before: number, now: number): string {
  const name = nameOf(facts, wanted);
  if (now === wanted) return WORDS.flipped(name);
  return wanted === before ? WORDS.away(name) : WORDS.other(name);
}

/** A class and how probable it is. */
function says({ emoji, facts }: Patcher) {
  const sign = new EmojiSign(emoji, 24);
  const name = element("span.vw-strong");
  const share = element("span");
  return {
    root: element("span.vw-says", [sign.root, name, " ", share]),
    update({ top, probabilities }: Prediction, anew: boolean) {
      sign.show(facts.classes.emoji[top] ?? "", anew);
      setText(name, nameOf(facts, top));
      setText(share, percent(probabilities[top] ?? 0));
    },
  };
}
