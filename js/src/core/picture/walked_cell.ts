import { element, freshId, setAria } from "../dom";

/** A cell of a painted grid, as a screen reader hears of it. */
export interface Walked {
  /** How many there are in the grid, names of rows included. */
  rows: number;
  columns: number;
  /** Where it is, from 0. */
  row: number;
  column: number;
  text: string;
  /** Of a cell, or of a row's name. */
  role?: "gridcell" | "rowheader";
  /** Whether it is chosen, in a grid where cells can be. */
  selected?: boolean;
}

/** The cell of a painted grid that is walked to, for a screen reader: cells by the
 * thousand would slow the page. */
export class WalkedCell {
  /** What is heard; clicks of a screen reader come from in here. */
  readonly root = element("div.vw-hidden", { role: "row" });
  readonly #grid: HTMLElement;
  readonly #id = freshId("cell");
  #said = "";

  /** @param grid the element that has the focus */
  constructor(grid: HTMLElement) {
    this.#grid = grid;
    grid.setAttribute("role", "grid");
    grid.tabIndex = 0;
    grid.append(this.root);
  }

  /** @param key what else tells this grid from others at the same place */
  say(walked: Walked, key = ""): void {
    const said = key + JSON.stringify(walked);
    if (said === this.#said) return;
    this.#said = said;
    const { rows, columns, row, column, text, role = "gridcell", selected } = walked;
    setAria(this.#grid, "rowcount", rows);
    setAria(this.#grid, "colcount", columns);
    // A new id for each place: only a change of it is spoken.
    const id = [this.#id, row, column, selected].join("-");
    const cell = element("div", { id, role }, [text]);
    setAria(cell, "colindex", column + 1);
    if (selected !== undefined) setAria(cell, "selected", selected);
    setAria(this.root, "rowindex", row + 1);
    this.root.replaceChildren(cell);
    setAria(this.#grid, "activedescendant", id);
  }
}
