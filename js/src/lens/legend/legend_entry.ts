import { classEmoji, className } from "../../core/classes/class_facts";
import { element, setAria, setText } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import type { Kind } from "../highlight";
import type { Lens } from "../lens";
import { superclassNumber } from "../modes/colouring";
import { cssColour } from "../modes/palettes";
import { WORDS } from "../words";
import type { Count } from "./counts";

/** One kind of the legend: its colour, emoji and name, and how many patches it has. */
export class LegendEntry {
  readonly root: HTMLButtonElement;
  readonly #lens: Lens;
  readonly #swatch = element("span.vw-swatch");
  readonly #sign: EmojiSign;
  readonly #name = element("span.vw-legend-name");
  readonly #count = element("span.vw-legend-count");
  #kind: Kind | null = null;
  #pointed = false;

  /** @param click called with the kind that was clicked */
  constructor(lens: Lens, click: (kind: Kind) => void) {
    this.#lens = lens;
    this.#sign = new EmojiSign(lens.emoji, 18);
    const parts = [this.#swatch, this.#sign.root, this.#name, this.#count];
    this.root = element("button.vw-legend-entry", parts);
    const { scope } = lens;
    scope.listen(this.root, "click", () => this.#kind && click(this.#kind));
    for (const type of ["pointerenter", "focus"] as const) {
      scope.listen(this.root, type, () => this.#point(true));
    }
    for (const type of ["pointerleave", "blur"] as const) {
      scope.listen(this.root, type, () => this.#point(false));
    }
  }

  show(
    of: Kind["of"],
    { index, patches }: Count,
    pressed: boolean,
    anew: boolean,
  ): void {
    const { facts, classColours } = this.#lens;
    this.#kind = { of, index };
    const superclass = of === "superclass" ? facts.superclasses[index] : undefined;
    const number = superclass ? superclassNumber(index) : classColours.numberOf(index);
    this.#swatch.style.backgroundColor = cssColour(classColours.table, number);
    this.#sign.show(superclass?.emoji ?? classEmoji(facts.classes, index), anew);
    setText(this.#name, superclass?.name ?? className(facts.classes, index));
    this.root.title = superclass ? "" : (facts.classes.descriptions[index] ?? "");
    setText(this.#count, WORDS.patches(patches));
    setAria(this.root, "pressed", pressed);
    this.root.hidden = false;
    // Under a resting pointer another kind may have come.
    if (this.#pointed) this.#lens.highlight.set(this.#kind);
  }

  hide(): void {
    this.root.hidden = true;
    if (this.#pointed) this.#point(false);
  }

  #point(pointed: boolean): void {
    this.#pointed = pointed;
    this.#lens.highlight.set(pointed ? this.#kind : null);
  }
}
