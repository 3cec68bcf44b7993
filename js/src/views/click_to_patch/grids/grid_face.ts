import type { Scope } from "../../../core/dispose";
import { element, UNHEARD } from "../../../core/dom";
import type { PatchGrid } from "../../../core/grid";
import {
  type Block,
  cellAt,
  columnNames,
  type Layout,
  layoutOf,
  scrollTo,
} from "./grid_layout";
import { GridPainting, type Painted } from "./grid_painting";
import { type Cell, type GridPlan, WHOLE_ROW } from "./grid_plan";

/** Of the names of columns, in CSS pixels. */
const TOP = 16;

/** The painted cells with the names of rows and columns, and the marks over them. */
export class GridFace {
  /** It has the focus. */
  readonly root: HTMLElement;
  readonly #grid: PatchGrid;
  readonly #canvas = element("canvas.vw-grid-canvas", {
    "aria-hidden": "true",
  });
  readonly #columns = element("div.vw-grid-columns", {
    "aria-hidden": "true",
  });
  readonly #rows = element("div.vw-grid-rows", UNHEARD);
  readonly #cursor = element("div.vw-grid-mark.vw-grid-cursor");
  readonly #pointed = element("div.vw-grid-mark.vw-grid-pointed");
  readonly #dragged = element("div.vw-grid-mark.vw-grid-dragged");
  readonly #all: HTMLElement;
  readonly #scroller: HTMLElement;
  readonly #painting = new GridPainting(this.#canvas);
  #plan: GridPlan | null = null;
  #painted: Painted | null = null;
  #layout: Layout = { width: 0, height: 0, total: 0 };
  /** CSS pixels across; reading it from the page in every frame would cost. */
  #room = 0;
  /** Kept, as asking the page lays all of it out. */
  #scrolled = 0;

  constructor(scope: Scope, grid: PatchGrid) {
    this.#grid = grid;
    this.#all = element("div.vw-grid-all", [
      this.#columns,
      this.#canvas,
      this.#pointed,
      this.#dragged,
      this.#cursor,
    ]);
    this.#scroller = element("div.vw-grid-scroller", [this.#all]);
    this.root = element("div.vw-grid", [this.#rows, this.#scroller]);
    this.root.style.setProperty("--vw-grid-top", `${TOP}px`);
    this.#dragged.hidden = true;
    scope.onResize(this.#scroller, () => this.#resize());
    scope.onPixelRatio(() => this.#repaint());
    const repaint = scope.eachFrame(() => this.#repaint());
    scope.listen(this.#scroller, "scroll", () => {
      this.#scrolled = this.#scroller.scrollLeft;
      repaint();
    });
  }

  paint(painted: Painted): void {
    this.#painted = painted;
    const { plan } = painted;
    if (plan.key !== this.#plan?.key) {
      this.#plan = plan;
      this.#nameRows(plan);
      this.#scroller.scrollLeft = 0;
      this.#resize();
    } else {
      this.#repaint();
    }
  }

  /** Frame where keys lead from. */
  setCursor(cell: Cell): void {
    this.#place(this.#cursor, blockAt(cell));
    this.#rows.querySelectorAll("div").forEach((name, row) => {
      const isHere = cell.column === WHOLE_ROW && row === cell.row;
      name.classList.toggle("vw-present", isHere);
    });
  }

  /** Frame a cell, or a column where no row is given. */
  setPointed(place: { row: number | null; column: number } | null): void {
    const { row, column } = place ?? { row: 0, column: 0 };
    const last = (this.#plan?.rows ?? 1) - 1;
    this.#pointed.hidden = place === null;
    this.#place(
      this.#pointed,
      row === null
        ? { top: 0, left: column, bottom: last, right: column }
        : blockAt({ row, column }),
    );
  }

  /** Frame what is dragged over. */
  setDragged(block: Block | null): void {
    this.#dragged.hidden = block === null;
    if (block) this.#place(this.#dragged, block);
  }

  /** Scroll no further than brings a column on show. */
  reveal(column: number): void {
    if (this.#room === 0) return;
    const { scrollLeft } = this.#scroller;
    const to = scrollTo(this.#layout, column, this.#room, scrollLeft);
    if (to !== scrollLeft) this.#scroller.scrollLeft = to;
  }

  /** The cell under the pointer, or the name of a row of tokens; null for neither. */
  cellOf(event: MouseEvent): Cell | null {
    const plan = this.#plan;
    const { across, down } = this.#pointOf(event);
    const { total, height } = this.#layout;
    if (!plan || down < 0 || down >= height * plan.rows || across >= total) return null;
    const isName = event.clientX < this.#scroller.getBoundingClientRect().left;
    if (isName && !plan.byToken) return null;
    const cell = cellAt(this.#layout, plan, across, down);
    return isName ? { ...cell, column: WHOLE_ROW } : cell;
  }

  /** The cell nearest to the pointer. */
  nearestTo(event: MouseEvent): Cell {
    const plan = this.#plan ?? { rows: 1, columns: 1 };
    const { across, down } = this.#pointOf(event);
    return cellAt(this.#layout, plan, across, down);
  }

  /** In CSS pixels of all cells. */
  #pointOf({ clientX, clientY }: MouseEvent): { across: number; down: number } {
    const { left, top } = this.#all.getBoundingClientRect();
    return { across: clientX - left, down: clientY - top - TOP };
  }

  #nameRows({ rowNames, byToken }: GridPlan): void {
    this.root.classList.toggle("vw-by-token", byToken);
    this.#rows.replaceChildren(...rowNames.map((name) => element("div", [name])));
  }

  #resize(): void {
    const plan = this.#plan;
    this.#room = this.#scroller.clientWidth;
    if (!plan || this.#room === 0) return;
    const layout = layoutOf(plan, this.#room);
    this.#layout = layout;
    this.#scrolled = this.#scroller.scrollLeft;
    this.root.style.setProperty("--vw-grid-height", `${layout.height}px`);
    this.#all.style.width = `${layout.total}px`;
    this.#canvas.style.width = `${Math.min(this.#room, layout.total)}px`;
    this.#canvas.style.height = `${layout.height * plan.rows}px`;
    const names = columnNames(plan, this.#grid, layout);
    this.#columns.replaceChildren(
      ...names.map(({ column, name }) => {
        const made = element("span", [name]);
        made.style.left = `${column * layout.width}px`;
        if (!plan.byToken) made.style.width = `${layout.width}px`;
        return made;
      }),
    );
    this.#repaint();
  }

  #repaint(): void {
    if (this.#room === 0 || !this.#painted) return;
    this.#painting.paint(this.#painted, this.#layout, this.#scrolled);
  }

  #place(mark: HTMLElement, { top, left, bottom, right }: Block): void {
    const { width, height } = this.#layout;
    mark.classList.toggle("vw-off-grid", left === WHOLE_ROW);
    mark.style.cssText =
      `left:${left * width}px;top:${TOP + top * height}px;` +
      `width:${(right - left + 1) * width}px;height:${(bottom - top + 1) * height}px`;
  }
}

function blockAt({ row, column }: Cell): Block {
  return { top: row, left: column, bottom: row, right: column };
}
