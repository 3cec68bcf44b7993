import { colourIndex, type Range } from "../../../core/colour_scale";
import { heatBytes } from "../../../core/colours";
import { element, setText } from "../../../core/dom";
import { shortNumber } from "../../../core/numbers";
import type { Settings } from "../facts";
import type { Side } from "../side";
import type { Tour } from "../tour";
import { WORDS } from "../words";

interface Cell {
  root: HTMLElement;
  swatch: HTMLElement;
  value: HTMLElement;
}

/** The attention of tokens that have no place in the picture, as labelled cells. */
export class PrefixCells {
  readonly root = element("div", { class: "vw-prefix-cells" });
  readonly #side: Side;
  readonly #cells: readonly Cell[];
  readonly #colours = heatBytes();

  constructor(tour: Tour, side: Side) {
    this.#side = side;
    this.#cells = side.facts.grid.prefixNames.map((name, token) => {
      const swatch = element("span", { class: "vw-swatch" });
      const value = element("span", { class: "vw-number" });
      const root = element(
        "span",
        { class: "vw-prefix-cell", "data-token": String(token) },
        [swatch, name, " ", value],
      );
      tour.scope.listen(root, "pointerenter", () => tour.pointed.set(side, token));
      tour.scope.listen(root, "pointerleave", () => tour.pointed.set(side, null));
      return { root, swatch, value };
    });
    this.root.hidden = this.#cells.length === 0;
    this.root.append(...this.#cells.map(({ root }) => root));
  }

  /** Show that there is nothing to show. */
  clear(): void {
    for (const { root, swatch, value } of this.#cells) {
      swatch.style.backgroundColor = "";
      root.title = "";
      setText(value, "…");
    }
  }

  update(layer: number, head: number, range: Range, scale: Settings["scale"]): void {
    const { values } = this.#side;
    if (!values.isPresent(layer)) {
      this.clear();
      return;
    }
    this.#cells.forEach(({ root, swatch, value }, token) => {
      const weight = values.value(layer, head, token);
      const index = colourIndex(weight, range, scale);
      const [red, green, blue] = this.#colours.subarray(3 * index, 3 * index + 3);
      swatch.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
      const [mark, title] = beyond(weight, range);
      root.title = title;
      setText(value, shortNumber(weight) + mark);
    });
  }
}

/** How a value that has no colour of its own is marked, and what that means. */
function beyond(value: number, { low, high }: Range): readonly [string, string] {
  if (value > high) return [" ▲", WORDS.above];
  return value < low ? [" ▼", WORDS.below] : ["", ""];
}
