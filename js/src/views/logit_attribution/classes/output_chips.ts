import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { percent } from "../../../core/numbers";
import { Rover } from "../../../core/rove";
import type { Attribution } from "../attribution";
import { WORDS } from "../words";
import { choosable, withTarget } from "./choices";
import { now } from "./class_box";

/** What the model says: its likeliest classes, each a button that takes it apart. */
export class OutputChips {
  readonly root: HTMLElement;
  readonly #view: Attribution;
  readonly #rover: Rover;
  readonly #chips: readonly { index: number; root: HTMLElement; sign: EmojiSign }[];

  constructor(view: Attribution) {
    this.#view = view;
    const { classes, output } = view.facts;
    this.#chips = Array.from(output.classes, (index, at) => {
      const sign = new EmojiSign(view.emoji, 16);
      const name = element("span", [classes.names[index] ?? ""]);
      const probability = percent(output.probabilities[at] ?? 0);
      const share = element("span.vw-muted", [probability]);
      const attributes = { class: "vw-chip vw-output" };
      const root = element("button", attributes, [sign.root, name, share]);
      view.scope.listen(root, "click", () => {
        view.act(WORDS.acts.target, withTarget(now(view), index));
      });
      return { index, root, sign };
    });
    const buttons = this.#chips.map(({ root }) => root);
    const group = { class: "vw-chips", role: "group", "aria-label": WORDS.output };
    this.root = element("div", group, [
      element("span.vw-label", [WORDS.output]),
      ...buttons,
    ]);
    this.#rover = new Rover(this.root, view.scope);
  }

  update(isFresh: boolean): void {
    const { facts } = this.#view;
    const present = now(this.#view);
    const may = new Set(choosable(facts, present, withTarget));
    for (const { index, root, sign } of this.#chips) {
      sign.show(facts.classes.emoji[index] ?? "", isFresh);
      root.setAttribute("aria-pressed", String(index === present.target));
      root.hidden = !may.has(index);
    }
    const offered = this.#chips.filter(({ index }) => may.has(index));
    this.#rover.arrange([offered.map(({ root }) => root)]);
  }
}
