import { classEmoji, className } from "../../core/classes/class_facts";
import { element, group, setAria, setText } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import type { Change, Lens } from "../lens";
import { cssColour } from "../modes/palettes";
import { WORDS } from "../words";

interface Cell {
  root: HTMLButtonElement;
  swatch: HTMLElement;
  sign: EmojiSign;
  says: HTMLElement;
  /** The present mode's value, which a long name must not push out. */
  also: HTMLElement;
}

/** Tokens that have no place in the picture, and what they say. */
export class PrefixCells {
  readonly root: HTMLElement;
  readonly #lens: Lens;
  readonly #cells: readonly Cell[];

  /** @param choose called with the token that was clicked */
  constructor(lens: Lens, choose: (token: number) => void) {
    this.#lens = lens;
    const { scope, pointed, facts } = lens;
    this.#cells = facts.grid.prefixNames.map((name, token) => {
      const cell = makeCell(lens, name);
      for (const type of ["pointerenter", "focus"] as const) {
        scope.listen(cell.root, type, () => pointed.set(token));
      }
      for (const type of ["pointerleave", "blur"] as const) {
        scope.listen(cell.root, type, () => pointed.set(null));
      }
      scope.listen(cell.root, "click", () => choose(token));
      cell.root.dataset.token = String(token);
      return cell;
    });
    const cells = this.#cells.map(({ root }) => root);
    this.root = group("div.vw-prefix-cells", WORDS.prefixTokens, cells);
    this.root.hidden = this.#cells.length === 0;
  }

  /** Focus the last one, next to the picture's first row. */
  focusLast(): void {
    this.#cells.at(-1)?.root.focus();
  }

  update(changed: ReadonlySet<Change>): void {
    const { settings, facts, readings, colouring } = this.#lens;
    const layer = settings.get("layer");
    const selected = settings.get("token");
    const asEmoji = settings.get("mode") === "emoji";
    this.#cells.forEach(({ root, swatch, sign, says, also }, token) => {
      const target = readings.top(layer, token);
      sign.show(classEmoji(facts.classes, target), changed.has("sprites"));
      const name = className(facts.classes, target);
      const share = WORDS.percent(readings.probability(layer, token));
      const value = colouring?.value?.(layer, token);
      setText(says, WORDS.says(name, share));
      setText(also, value === undefined ? "" : WORDS.also(value));
      swatch.hidden = asEmoji || !colouring;
      if (colouring) {
        const number = colouring.number(layer, token);
        swatch.style.backgroundColor = cssColour(colouring.table, number);
      }
      setAria(root, "pressed", token === selected);
    });
  }
}

function makeCell(lens: Lens, name: string): Cell {
  const swatch = element("span.vw-swatch");
  const sign = new EmojiSign(lens.emoji, 20);
  const says = element("span.vw-prefix-says");
  const also = element("span.vw-prefix-also");
  const title = element("span.vw-strong", [name]);
  const root = element("button.vw-prefix-cell", [
    sign.root,
    swatch,
    title,
    " ",
    says,
    also,
  ]);
  return { root, swatch, sign, says, also };
}
