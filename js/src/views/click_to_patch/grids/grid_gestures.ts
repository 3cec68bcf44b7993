import type { Scope } from "../../../core/dispose";
import { belongsOutside, isPress, moveInGrid } from "../../../core/keyboard";
import type { WalkedCell } from "../../../core/picture/walked_cell";
import type { GridFace } from "./grid_face";
import { type Block, blockOf } from "./grid_layout";
import { type Cell, type GridPlan, WHOLE_ROW } from "./grid_plan";

/** What gestures do to the grid under them. */
export interface GridActs {
  /** The pointer or a key went to a cell, or away. */
  point(cell: Cell | null): void;
  toggle(cell: Cell): void;
  /** All cells that were dragged over, in one act. */
  toggleBlock(block: Block): void;
  mark(cell: Cell): void;
  /** The place that keys lead from is another one. */
  walked(): void;
}

interface Press {
  from: Cell;
  /** Null while the pointer has not left the first cell. */
  block: Block | null;
}

/** Pointer and keys over a grid. */
export class GridGestures {
  /** Where keys lead from. */
  cursor: Cell = { row: 0, column: 0 };
  readonly #scope: Scope;
  readonly #face: GridFace;
  readonly #walked: WalkedCell;
  readonly #acts: GridActs;
  readonly #plan: () => GridPlan;
  #press: Press | null = null;
  /** A drag ends with a click, which is none. */
  #wasDrag = false;

  constructor(
    scope: Scope,
    face: GridFace,
    walked: WalkedCell,
    plan: () => GridPlan,
    acts: GridActs,
  ) {
    this.#scope = scope;
    this.#face = face;
    this.#walked = walked;
    this.#plan = plan;
    this.#acts = acts;
    this.#listen(face.root);
  }

  /** Keep the place that keys lead from inside another grid. */
  fit({ rows, columns, byToken }: GridPlan): void {
    const { row, column } = this.cursor;
    this.cursor = {
      row: Math.min(row, rows - 1),
      column: Math.max(Math.min(column, columns - 1), byToken ? WHOLE_ROW : 0),
    };
  }

  #listen(root: HTMLElement): void {
    const scope = this.#scope;
    scope.listen(root, "pointerdown", (event) => this.#down(event));
    scope.listen(root, "pointermove", (event) => this.#move(event));
    scope.listen(root, "pointerup", () => this.#up());
    scope.listen(root, "pointercancel", () => this.#let());
    scope.listen(root, "lostpointercapture", () => this.#let());
    scope.listen(root, "pointerleave", () => this.#acts.point(null));
    scope.listen(root, "click", (event) => this.#click(event));
    scope.listen(root, "keydown", (event) => this.#key(event));
    scope.listen(root, "focus", () => {
      if (root.matches(":focus-visible")) this.#acts.point(this.cursor);
    });
    scope.listen(root, "blur", () => this.#acts.point(null));
  }

  #down(event: PointerEvent): void {
    this.#wasDrag = false;
    const from = this.#face.cellOf(event);
    // A finger scrolls; a drag with Shift would mark and edit at once.
    if (!from || event.button !== 0 || event.pointerType === "touch") return;
    if (!this.#plan().byToken || from.column === WHOLE_ROW || event.shiftKey) return;
    this.#press = { from, block: null };
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (!press) {
      this.#acts.point(this.#face.cellOf(event));
      return;
    }
    const cell = this.#face.nearestTo(event);
    const isFirst = cell.row === press.from.row && cell.column === press.from.column;
    if (!press.block) {
      if (isFirst) return;
      // A drag that leaves the grid goes on, and its end is heard.
      this.#face.root.setPointerCapture(event.pointerId);
    }
    press.block = blockOf(press.from, cell);
    this.#acts.point(cell);
    this.#face.setDragged(press.block);
  }

  #up(): void {
    const block = this.#press?.block;
    this.#let();
    if (!block) return;
    this.#wasDrag = true;
    // After the click that a drag ends with: at a click, older alerts go.
    this.#scope.after(0, () => this.#acts.toggleBlock(block));
  }

  #let(): void {
    this.#press = null;
    this.#face.setDragged(null);
  }

  #click(event: MouseEvent): void {
    if (this.#wasDrag) {
      this.#wasDrag = false;
      return;
    }
    const cell = this.#walked.root.contains(event.target as Node)
      ? this.cursor
      : this.#face.cellOf(event);
    if (!cell) return;
    this.cursor = cell;
    this.#acts.walked();
    if (event.shiftKey) this.#acts.mark(cell);
    else this.#acts.toggle(cell);
  }

  #key(event: KeyboardEvent): void {
    if (isPress(event)) this.#acts.toggle(this.cursor);
    else if (event.key.toLowerCase() === "m" && !belongsOutside(event)) {
      this.#acts.mark(this.cursor);
      event.stopPropagation(); // elsewhere in the view the letter may mean another thing
    } else if (!this.#walk(event)) return;
    event.preventDefault();
  }

  #walk(event: KeyboardEvent): boolean {
    const { rows, columns, byToken } = this.#plan();
    const names = byToken ? 1 : 0;
    const { row, column } = this.cursor;
    const to = moveInGrid(event, row, column + names, rows, columns + names);
    if (!to || event.shiftKey) return false;
    this.cursor = { row: Math.max(0, to[0]), column: to[1] - names };
    this.#face.reveal(this.cursor.column);
    this.#acts.walked();
    this.#acts.point(this.cursor);
    return true;
  }
}
