import { element, setAria } from "../../../core/dom";
import { type Cell, type GridPlan, WHOLE_ROW } from "./grid_plan";

/** The cell of a painted grid that is walked to, for a screen reader: cells by the
 * thousand would slow the page. */
export class WalkedCell {
  readonly #grid: HTMLElement;
  readonly #row = element("div.vw-hidden", { role: "row" });
  readonly #id = `vw-walked-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  #said = "";

  /** @param grid the element that has the focus */
  constructor(grid: HTMLElement) {
    this.#grid = grid;
    grid.setAttribute("role", "grid");
    setAria(grid, "multiselectable", "true");
    grid.tabIndex = 0;
    grid.append(this.#row);
  }

  /** Whether an event came from a screen reader, about the cell that is walked to. */
  holds(target: EventTarget | null): boolean {
    return target instanceof Node && this.#row.contains(target);
  }

  say(plan: GridPlan, { row, column }: Cell, text: string, isEdited: boolean): void {
    // The names of rows are a column, too.
    const names = plan.byToken ? 1 : 0;
    setAria(this.#grid, "rowcount", plan.rows);
    setAria(this.#grid, "colcount", plan.columns + names);
    // A new id for each place and text: only a change of it is spoken.
    const said = `${plan.key} ${row} ${column} ${isEdited} ${text}`;
    if (said === this.#said) return;
    this.#said = said;
    const id = `${this.#id}-${row}-${column - WHOLE_ROW}-${isEdited}`;
    const cell = element(
      "div",
      {
        id,
        role: column === WHOLE_ROW ? "rowheader" : "gridcell",
        "aria-colindex": String(column + 1 + names),
        "aria-selected": String(isEdited),
      },
      [text],
    );
    setAria(this.#row, "rowindex", row + 1);
    this.#row.replaceChildren(cell);
    setAria(this.#grid, "activedescendant", id);
  }
}
