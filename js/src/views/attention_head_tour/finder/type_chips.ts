import { element } from "../../../core/dom";
import { typeStyle } from "../heads/badges";
import type { Tour } from "../tour";
import type { Finder } from "./finder";
import { FINDER_WORDS as WORDS } from "./finder_words";
import { typeSearch } from "./search";

/** The types of heads that there are, with how many: pressing one searches for it. One
 * stop of the Tab key; arrow keys walk. */
export class TypeChips {
  readonly root = element("div", {
    class: "vw-types",
    role: "toolbar",
    "aria-label": WORDS.types,
  });
  readonly #tour: Tour;
  readonly #finder: Finder;
  #table: unknown = null;
  #chips: readonly (readonly [search: string, button: HTMLButtonElement])[] = [];

  constructor(tour: Tour, finder: Finder) {
    this.#tour = tour;
    this.#finder = finder;
    tour.scope.listen(this.root, "click", ({ target }) => {
      const chip = target instanceof Element ? target.closest("button") : null;
      const search = this.#chips.find(([, button]) => button === chip)?.[0];
      if (search === undefined) return;
      const present = tour.settings.get("search");
      tour.act(WORDS.acts.search, { search: present === search ? "" : search });
    });
    tour.scope.listen(this.root, "keydown", (event) => this.#walk(event));
  }

  update(): void {
    const { table } = this.#finder;
    if (this.#table !== table) this.#fill();
    this.#table = table;
    this.root.hidden = table === null;
    const present = this.#tour.settings.get("search");
    for (const [search, button] of this.#chips) {
      button.setAttribute("aria-pressed", String(search === present));
    }
  }

  #fill(): void {
    const types = this.#finder.table?.types ?? [];
    this.#chips = types.map(([type, count], index) => {
      const swatch = element("span", {
        class: "vw-type-swatch",
        "aria-hidden": "true",
      });
      const button = element(
        "button",
        {
          class: `vw-button vw-type ${typeStyle(type)}`,
          tabindex: index === 0 ? "0" : "-1",
        },
        [swatch, WORDS.type(type, count)],
      );
      return [typeSearch(type), button] as const;
    });
    this.root.replaceChildren(...this.#chips.map(([, button]) => button));
  }

  #walk(event: KeyboardEvent): void {
    const at = this.#chips.findIndex(([, button]) => button === event.target);
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const next = step && this.#chips[at + step]?.[1];
    if (!next) return;
    event.preventDefault();
    for (const [, button] of this.#chips) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  }
}
