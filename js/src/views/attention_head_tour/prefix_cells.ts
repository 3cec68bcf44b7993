import { colourIndex } from "../../core/colour_scale";
import { magmaBytes } from "../../core/colours";
import { element, setText } from "../../core/dom";
import { shortNumber } from "../../core/numbers";
import type { Settings } from "./facts";
import type { Probe } from "./probe";
import type { Tour } from "./tour";
import { WORDS } from "./words";

interface Cell {
  root: HTMLElement;
  swatch: HTMLElement;
  value: HTMLElement;
}

/** The attention of tokens that have no place in the picture, as labelled cells. */
export class PrefixCells {
  readonly root = element("div", { class: "vw-prefix-cells" });
  readonly #tour: Tour;
  readonly #cells: readonly Cell[];
  readonly #colours = magmaBytes();

  constructor(tour: Tour, probe: Probe) {
    this.#tour = tour;
    this.#cells = tour.facts.grid.prefixNames.map((name, token) => {
      const swatch = element("span", { class: "vw-swatch" });
      const value = element("span", { class: "vw-number" });
      const root = element(
        "span",
        { class: "vw-prefix-cell", "data-token": String(token) },
        [swatch, name, " ", value],
      );
      tour.scope.listen(root, "pointerenter", () => probe.at(token));
      tour.scope.listen(root, "pointerleave", () => probe.at(null));
      return { root, swatch, value };
    });
    this.root.hidden = this.#cells.length === 0;
    this.root.append(...this.#cells.map(({ root }) => root));
  }

  update(layer: number, head: number, maximum: number, scale: Settings["scale"]): void {
    const present = this.#tour.values.isPresent(layer);
    this.#cells.forEach(({ root, swatch, value }, token) => {
      const weight = this.#tour.values.value(layer, head, token);
      const index = present ? colourIndex(weight, maximum, scale) : 0;
      const [red, green, blue] = this.#colours.subarray(3 * index, 3 * index + 3);
      swatch.style.backgroundColor = `rgb(${red}, ${green}, ${blue})`;
      const above = present && weight > maximum;
      root.title = above ? WORDS.above : "";
      setText(value, present ? shortNumber(weight) + (above ? " ▲" : "") : "…");
    });
  }
}
