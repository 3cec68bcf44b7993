import { ClassOptions } from "../../../core/classes/class_options";
import { ComboBox } from "../../../core/classes/combo_box";
import { CLASS_WORDS } from "../../../core/classes/words";
import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { Attribution } from "../attribution";
import type { Quantity } from "../quantity";
import { WORDS } from "../words";
import { choosable, withTarget, withVersus } from "./choices";

type Place = "target" | "versus";

const CHANGES = { target: withTarget, versus: withVersus } as const;

/** A box that shows the class whose logit is taken apart, or the one that it is compared
 * with, and in which another is looked for. */
export class ClassBox {
  readonly root: HTMLElement;
  readonly #view: Attribution;
  readonly #place: Place;
  readonly #sign: EmojiSign;
  readonly #box: ComboBox<number>;

  constructor(view: Attribution, place: Place) {
    this.#view = view;
    this.#place = place;
    this.#sign = new EmojiSign(view.emoji, 18);
    const { classes, output, readable } = view.facts;
    const change = CHANGES[place];
    const isSaved = readable.length > 0;
    const options = new ClassOptions(
      {
        ...classes,
        likely: [...output.classes],
        readable: () => (isSaved ? choosable(view.facts, now(view), change) : []),
      },
      (emoji) => {
        const sign = new EmojiSign(view.emoji, 16);
        sign.show(emoji);
        return sign.root;
      },
    );
    this.#box = new ComboBox<number>(view.scope, {
      label: WORDS[place],
      hint: CLASS_WORDS.hint,
      find: (text) => options.find(text),
      choose: (index) => view.act(WORDS.acts[place], change(now(view), index)),
    });
    const attributes = { class: "vw-label", "aria-hidden": "true" };
    const label = element("span", attributes, [WORDS[place]]);
    const parts = [label, this.#sign.root, this.#box.root];
    this.root = element("div", { class: "vw-control vw-class-box" }, parts);
  }

  /** Go there, so that typing replaces what is there. */
  focus(): void {
    // Not before the key that led here has been typed, or its letter would land there.
    this.#view.scope.after(0, () => {
      this.#box.focus();
      this.root.querySelector("input")?.select();
    });
  }

  /** @param anew more emoji can be drawn than before */
  update(anew: boolean): void {
    const { names, emoji } = this.#view.facts.classes;
    const index = this.#view.settings.get(this.#place);
    this.#box.show(names[index] ?? "");
    this.#sign.show(emoji[index] ?? "", anew);
    this.#sign.root.hidden = index < 0;
  }
}

/** What is taken apart, as the settings say. */
export function now({ settings }: Pick<Attribution, "settings">): Quantity {
  return {
    target: settings.get("target"),
    versus: settings.get("versus"),
    measure: settings.get("measure"),
  };
}
