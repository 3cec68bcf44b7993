import { classEmoji, className } from "../../../core/classes/class_facts";
import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { Lens } from "../../../lens/lens";
import { type Part, partsOf, withoutClasses } from "../../../lens/mask/class_set";
import { MASK_WORDS } from "../../../lens/mask/words";
import { CHOOSING_WORDS as WORDS } from "./words";

/** The classes of the mask, kinds that are in it in full as one; a click removes. */
export class MaskChips {
  readonly root = element("div.vw-chips.vw-mask-chips");
  readonly #lens: Lens;

  constructor(lens: Lens) {
    this.#lens = lens;
  }

  update(): void {
    const mask = this.#lens.settings.get("mask");
    const chips = partsOf(this.#lens.facts, mask).map((part) => this.#chip(part));
    if (chips.length === 0) {
      this.root.replaceChildren(element("span.vw-muted", [this.#lens.words.mask.none]));
      return;
    }
    const clear = element("button.vw-button", [WORDS.clear]);
    clear.addEventListener("click", () => {
      this.#lens.act(MASK_WORDS.acts.clear, { mask: [] });
    });
    this.root.replaceChildren(...chips, ...(chips.length > 1 ? [clear] : []));
  }

  #chip(part: Part): HTMLElement {
    const { facts, settings } = this.#lens;
    const kind = part.superclass === null ? null : facts.superclasses[part.superclass];
    const [first = -1] = part.classes;
    const name = kind
      ? WORDS.kind(kind.name, part.classes.length)
      : className(facts.classes, first);
    const sign = new EmojiSign(this.#lens.emoji, 16);
    sign.show(kind?.emoji ?? classEmoji(facts.classes, first));
    const title = WORDS.remove(name);
    const attributes = { class: "vw-chip", title, "aria-label": title };
    const chip = element("button", attributes, [sign.root, name, " ✕"]);
    chip.addEventListener("click", () => {
      const mask = withoutClasses(settings.get("mask"), part.classes);
      this.#lens.act(MASK_WORDS.acts.remove, { mask });
    });
    return chip;
  }
}
