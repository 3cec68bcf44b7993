import { colourIndex, type Range } from "../../../core/colour_scale";
import { magmaBytes } from "../../../core/colours";
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
  readonly #colours = magmaBytes();

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

  update(layer: number, head: number, range: Range, scale: Settings["scale"]): void {
    const { values } = this.#side;
    const present = values.isPresent(layer);
    this.#cells.forEach(({ root, swatch, value }, token) => {
      const weight = values.value(layer, head, token);
      const index = present ? colourIndex(weight, range, scale) : 0;
      const [red, green, blue] = this.#colours.subarray(3 * index, 3 * index + 3);
      swatch.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
      const above = present && weight > range.high;
      root.title = above ? WORDS.above : "";
      setText(value, present ? shortNumber(weight) + (above ? " ▲" : "") : "…");
    });
  }
}
