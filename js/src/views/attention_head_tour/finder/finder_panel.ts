import { element, setText } from "../../../core/dom";
import { shieldKeys } from "../../../core/keyboard";
import type { Panel, Tour } from "../tour";
import type { Finder } from "./finder";
import { FINDER_WORDS as WORDS } from "./finder_words";
import { SearchBox } from "./search_box";
import { TypeChips } from "./type_chips";

/** Over the grid of heads: search, types, order, and how many are found. */
export function finderPanel(tour: Tour, finder: Finder): Panel {
  const box = new SearchBox(tour, finder);
  const order = new OrderChoice(tour, finder);
  const chips = new TypeChips(tour, finder);
  const count = element("span", { class: "vw-count", role: "status" });
  const over = element("span", { class: "vw-muted" });
  const showAll = element("button", { class: "vw-button" }, [WORDS.showAll]);
  tour.scope.listen(showAll, "click", () => {
    tour.act(WORDS.acts.showAll, { search: "", selection: [] });
    box.focus(); // the button is of no more use
  });
  // No landmark ("search"): a page with two tours would have two of one name.
  const search = { role: "group", "aria-label": WORDS.finder };
  const root = element("div", { class: "vw-finder" }, [
    element("div", { class: "vw-finder-row", ...search }, [box.root, order.root]),
    box.error,
    chips.root,
    element("div", { class: "vw-finder-row" }, [count, showAll, over]),
  ]);

  return {
    root,
    update(changed) {
      root.hidden = !finder.isOpen;
      if (!finder.concerns(changed)) return;
      const { found, table, trouble, total } = finder;
      const chosen = tour.settings.get("selection").length;
      box.update();
      order.update();
      chips.update();
      setText(count, countOf(found.places.length, total, chosen));
      showAll.disabled = tour.settings.get("search") === "" && chosen === 0;
      setText(over, table ? WORDS.over(table.over) : trouble);
    },
  };
}

export function countOf(found: number, total: number, chosen: number): string {
  const count = found === total ? WORDS.allHeads(total) : WORDS.count(found, total);
  return chosen === 0 ? count : `${count}, ${WORDS.brushed(chosen)}`;
}

/** "Sort by": their places, or something that was measured. */
class OrderChoice {
  readonly root: HTMLElement;
  readonly #finder: Finder;
  readonly #select = element("select", { class: "vw-select" });
  #columns: unknown = null;

  constructor(tour: Tour, finder: Finder) {
    this.#finder = finder;
    const label = element("span", { class: "vw-label" }, [WORDS.sortBy]);
    this.root = element("label", { class: "vw-control" }, [label, this.#select]);
    tour.scope.listen(this.#select, "change", () =>
      tour.act(WORDS.acts.sort, { sort: this.#select.value }),
    );
    // Letters choose an option here: they are not the view's commands.
    shieldKeys(this.#select, tour.scope);
  }

  update(): void {
    const { table, found } = this.#finder;
    if (this.#columns !== table || this.#select.length === 0) this.#fill();
    this.#columns = table;
    this.#select.disabled = table === null;
    this.#select.value = found.column?.name ?? "";
    this.#select.title = found.column?.help ?? "";
  }

  #fill(): void {
    const columns = this.#finder.table?.ranked ?? [];
    this.#select.replaceChildren(
      element("option", { value: "" }, [WORDS.byPlace]),
      ...columns.map(({ name, title, help }) =>
        element("option", { value: name, title: help }, [title]),
      ),
    );
  }
}
