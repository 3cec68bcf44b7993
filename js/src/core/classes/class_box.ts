import type { Scope } from "../dispose";
import { element, UNHEARD } from "../dom";
import type { EmojiPainter } from "../emoji/emoji_painter";
import { EmojiSign } from "../emoji/emoji_sign";
import { classEmoji, className } from "./class_facts";
import { type Classes, ClassOptions } from "./class_options";
import { ComboBox } from "./combo_box";
import { CLASS_WORDS } from "./words";

/** A box that shows a class, and in which another is looked for. */
export class ClassBox {
  readonly root: HTMLElement;
  readonly #scope: Scope;
  readonly #classes: Classes;
  readonly #sign: EmojiSign;
  readonly #box: ComboBox<number>;

  /** @param choose called with the class that was chosen */
  constructor(
    { scope, emoji }: { scope: Scope; emoji: EmojiPainter },
    label: string,
    classes: Classes,
    choose: (index: number) => void,
  ) {
    this.#scope = scope;
    this.#classes = classes;
    this.#sign = new EmojiSign(emoji, 18);
    const options = new ClassOptions(classes, (text) => {
      const sign = new EmojiSign(emoji, 16);
      sign.show(text);
      return sign.root;
    });
    const find = (text: string) => options.find(text);
    const parts = { label, hint: CLASS_WORDS.hint, find, choose };
    this.#box = new ComboBox<number>(scope, parts);
    this.root = element("div.vw-control.vw-class-box", [
      element("span.vw-label", UNHEARD, [label]),
      this.#sign.root,
      this.#box.root,
    ]);
  }

  /** Go there, so that typing replaces what is there. */
  focus(): void {
    // Not before the key that led here has been typed, or its letter would land there.
    this.#scope.after(0, () => {
      this.#box.focus();
      this.root.querySelector("input")?.select();
    });
  }

  /** @param index of the class; below 0 for none
   * @param anew more emoji can be drawn than before
   */
  show(index: number, anew: boolean): void {
    this.#box.show(className(this.#classes, index));
    this.#sign.show(classEmoji(this.#classes, index), anew);
    this.#sign.root.hidden = index < 0;
  }
}
