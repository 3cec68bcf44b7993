import { classEmoji } from "../../../core/classes/class_facts";
import { element, group, setAria } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { Panel } from "../../../lens/lens";
import { withClasses, withoutClasses } from "../../../lens/mask/class_set";
import { MASK_WORDS } from "../../../lens/mask/words";
import type { WordLens } from "../word_lens";
import { WORDS } from "../words";

/** A button for each word, which puts it into the mask or takes it out. */
export function maskWords(lens: WordLens): Panel {
  const root = group("div.vw-chips.vw-mask-chips", WORDS.maskHint, []);
  let words: readonly string[] = [];
  return {
    root,
    update(changed) {
      const { classes } = lens.facts;
      if (classes.names !== words || changed.has("sprites")) {
        words = classes.names;
        root.replaceChildren(...words.map((_, index) => chip(lens, index)));
      }
      const mask = lens.settings.get("mask");
      for (const [index, each] of [...root.children].entries()) {
        setAria(each, "pressed", mask.includes(index));
      }
    },
  };
}

function chip(lens: WordLens, index: number): HTMLElement {
  const { classes } = lens.facts;
  const sign = new EmojiSign(lens.emoji, 16);
  sign.show(classEmoji(classes, index));
  const root = element("button.vw-chip", [sign.root, classes.names[index] ?? ""]);
  root.addEventListener("click", () => {
    const { acts } = MASK_WORDS;
    const mask = lens.settings.get("mask");
    if (mask.includes(index)) {
      lens.act(acts.remove, { mask: withoutClasses(mask, [index]) });
    } else lens.act(acts.add, { mask: withClasses(mask, [index]) });
  });
  return root;
}
