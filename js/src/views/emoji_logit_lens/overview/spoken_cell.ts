import { element } from "../../../core/dom";

/** The cell of a painted grid that is walked to, for a screen reader: cells by the
 * thousand would slow the page. */
export class SpokenCell {
  readonly root = element("div", { class: "vw-hidden", role: "row" });
  readonly #grid: HTMLElement;
  readonly #id = `vw-cell-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  #said = "";

  /** @param grid the element that has the focus */
  constructor(grid: HTMLElement, rows: number, columns: number) {
    this.#grid = grid;
    grid.setAttribute("role", "grid");
    grid.setAttribute("aria-rowcount", String(rows));
    grid.setAttribute("aria-colcount", String(columns));
    grid.tabIndex = 0;
    grid.append(this.root);
  }

  say(row: number, column: number, text: string): void {
    const said = `${row} ${column} ${text}`;
    if (said === this.#said) return;
    this.#said = said;
    // A new id for each place: only a change of it is spoken.
    const id = `${this.#id}-${row}-${column}`;
    const place = { id, role: "gridcell", "aria-colindex": String(column + 1) };
    this.root.setAttribute("aria-rowindex", String(row + 1));
    this.root.replaceChildren(element("div", place, [text]));
    this.#grid.setAttribute("aria-activedescendant", id);
  }
}
