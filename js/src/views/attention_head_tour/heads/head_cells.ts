import type { Sizes } from "../../../core/attention";
import { element } from "../../../core/dom";
import { moveInGrid } from "../../../core/keyboard";
import type { Place } from "../finder/head_table";
import { WORDS } from "../words";
import { badgeText, typeStyle } from "./badges";
import type { BoardLayout } from "./board_layout";

/** What is said of a head. */
export interface HeadNote {
  /** For a screen reader. */
  name: string;
  /** Its type; "" when that isn't known. */
  type: string;
  tip: string;
  /** Beneath it, in an order. */
  label: readonly string[];
  /** Not among those looked for. */
  apart: boolean;
}

interface Cell {
  root: HTMLElement;
  badge: HTMLElement;
  label: HTMLElement;
}

/** The elements over the thumbnails: a grid with one stop of the Tab key. */
export class HeadCells {
  readonly root = element("div", {
    class: "vw-cells",
    role: "grid",
    "aria-label": WORDS.headGrid,
  });
  readonly #cells: readonly (readonly Cell[])[];
  readonly #absent: boolean[];
  readonly #columnName: string | null;
  #rows: BoardLayout["rows"] = [];
  #arranged = "";
  #selected: HTMLElement | null = null;
  #stop: HTMLElement | null = null;

  /** @param columnName of the only column, where it is not a head */
  constructor({ layers, heads }: Sizes, columnName: string | null) {
    this.#columnName = columnName;
    this.#cells = Array.from({ length: layers }, (_, layer) =>
      Array.from({ length: heads }, (_, head) => makeCell(layer, head)),
    );
    this.#absent = new Array(layers).fill(false);
  }

  /** Put the cells where the thumbnails are. */
  arrange({ rows, columns, byPlace }: BoardLayout): void {
    const arrangement = JSON.stringify([byPlace, rows]);
    if (arrangement === this.#arranged) return;
    this.#arranged = arrangement;
    const focused = this.#all().find(({ root }) => root.matches(":focus"));
    this.#rows = rows;
    const lines = rows.map((places, row) => {
      const cells = places.map((place) => this.#cell(place)?.root ?? "");
      return line(byPlace ? [axis("rowheader", `L${row}`), ...cells] : cells);
    });
    this.root.replaceChildren(
      ...(byPlace ? [this.#headers(columns), ...lines] : lines),
    );
    this.#keepStop();
    this.root.hidden = rows.length === 0;
    // An element that moves loses the focus.
    if (focused) (this.#isHere(focused.root) ? focused.root : this.#stop)?.focus();
  }

  /** Say of each head what is known of it. */
  annotate(noteOf: (place: Place) => HeadNote): void {
    this.#cells.forEach((row, layer) => {
      row.forEach(({ root, badge, label }, head) => {
        const note = noteOf([layer, head]);
        root.setAttribute("aria-label", note.name);
        root.classList.toggle("vw-apart", note.apart);
        root.title = note.tip;
        badge.className = `vw-badge-of-type ${note.type && typeStyle(note.type)}`;
        // A picture of a word: the name has the word itself.
        badge.dataset.text = badgeText(note.type);
        badge.hidden = badge.dataset.text === "";
        const lines = note.label.map((text) => element("span", {}, [`${text} `]));
        label.replaceChildren(...lines);
      });
    });
  }

  select(place: Place | null): void {
    this.#selected?.setAttribute("aria-selected", "false");
    this.#selected = (place && this.#cell(place)?.root) ?? null;
    this.#selected?.setAttribute("aria-selected", "true");
    this.#keepStop();
  }

  setBusy(busy: boolean): void {
    this.root.setAttribute("aria-busy", String(busy));
  }

  markAbsent(isAbsent: (layer: number) => boolean): void {
    this.#cells.forEach((row, layer) => {
      const absent = isAbsent(layer);
      if (absent === this.#absent[layer]) return;
      this.#absent[layer] = absent;
      for (const { root } of row) root.classList.toggle("vw-absent", absent);
    });
  }

  /** Move the focus from a head to where a key leads; false for keys that don't move. */
  move(event: KeyboardEvent, from: Place): boolean {
    const row = this.#rows.findIndex((places) =>
      places.some((each) => same(each, from)),
    );
    const places = this.#rows[row] ?? [];
    const column = places.findIndex((each) => same(each, from));
    if (row < 0) return false;
    const to = moveInGrid(event, row, column, this.#rows.length, places.length);
    if (!to) return false;
    const line = this.#rows[Math.max(0, to[0])] ?? [];
    const place = line[Math.min(line.length - 1, to[1])];
    const cell = place && this.#cell(place);
    if (!cell) return false;
    this.#makeStop(cell.root);
    cell.root.focus();
    return true;
  }

  #headers(heads: number): HTMLElement {
    const corner = axis(
      "columnheader",
      element("span", { class: "vw-hidden" }, ["layer"]),
    );
    const names = Array.from({ length: heads }, (_, head) =>
      axis("columnheader", ...this.#headName(head)),
    );
    return line([corner, ...names]);
  }

  #headName(head: number): (Node | string)[] {
    if (this.#columnName !== null) return [this.#columnName];
    return [element("span", { class: "vw-axis-letter" }, ["H"]), String(head)];
  }

  #cell([layer, head]: Place): Cell | undefined {
    return this.#cells[layer]?.[head];
  }

  #all(): Cell[] {
    return this.#cells.flat();
  }

  #isHere(cell: HTMLElement | null): boolean {
    return this.root.contains(cell);
  }

  /** Tab leads to the selected head, or to the first where that is not among them. */
  #keepStop(): void {
    const [first] = this.#rows[0] ?? [];
    const other = first && this.#cell(first)?.root;
    const stop = this.#isHere(this.#selected) ? this.#selected : other;
    if (stop) this.#makeStop(stop);
  }

  #makeStop(cell: HTMLElement): void {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = cell;
    cell.tabIndex = 0;
  }
}

/** The head that an event is about. */
export function placeOf(target: EventTarget | null): Place | null {
  const cell = target instanceof Element ? target.closest(".vw-head") : null;
  if (!(cell instanceof HTMLElement)) return null;
  return [Number(cell.dataset.layer), Number(cell.dataset.head)];
}

function makeCell(layer: number, head: number): Cell {
  const badge = element("span", { class: "vw-badge-of-type", "aria-hidden": "true" });
  const label = element("span", { class: "vw-head-label", "aria-hidden": "true" });
  const attributes = {
    class: "vw-head",
    role: "gridcell",
    tabindex: "-1",
    "aria-selected": "false",
    "data-layer": String(layer),
    "data-head": String(head),
  };
  return { root: element("div", attributes, [badge, label]), badge, label };
}

function axis(role: string, ...content: (Node | string)[]): HTMLElement {
  return element("span", { class: "vw-axis", role }, content);
}

function line(cells: readonly (Node | string)[]): HTMLElement {
  return element("div", { class: "vw-row", role: "row" }, cells);
}

function same(one: Place, other: Place): boolean {
  return one[0] === other[0] && one[1] === other[1];
}
