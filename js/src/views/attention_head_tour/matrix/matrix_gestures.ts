import type { Scope } from "../../../core/dispose";
import { belongsOutside, isPress, moveInGrid } from "../../../core/keyboard";
import { PanZoom, windowAfterKey, type Zoomable } from "../../../core/pan_zoom";
import { cellAt, moved, revealing, type ZoomWindow, zoomed } from "../../../core/zoom";

/** One element of a pattern: `query` looks at `key`. */
export interface Cell {
  query: number;
  key: number;
}

/** What gestures do to the matrix under them. */
export interface MatrixActs {
  /** The pointer went to a cell, or away. */
  point(cell: Cell | null): void;
  /** A key went to a cell. */
  walk(cell: Cell): void;
  /** A click or Enter at a cell. */
  keep(cell: Cell): void;
}

interface Walkable extends Zoomable {
  cell: Cell;
}

/** Pointer, wheel and keys on `stage`: they zoom and move what `view` shows. */
export class MatrixGestures {
  readonly #stage: HTMLElement;
  readonly #view: Walkable;
  readonly #acts: MatrixActs;
  readonly #pan: PanZoom;

  constructor(scope: Scope, stage: HTMLElement, view: Walkable, acts: MatrixActs) {
    this.#stage = stage;
    this.#view = view;
    this.#acts = acts;
    this.#pan = new PanZoom(scope, stage, view, {
      click: (event) => acts.keep(this.#cellAt(event)),
      // A wheel scrolls the page, unless the matrix has focus.
      wheels: () => stage.matches(":focus"),
    });
    scope.listen(stage, "pointerdown", (event) => this.#down(event));
    scope.listen(stage, "pointermove", (event) => this.#move(event));
    scope.listen(stage, "pointerleave", () => acts.point(null));
    scope.listen(stage, "blur", () => acts.point(null));
    scope.listen(stage, "keydown", (event) => this.#key(event));
  }

  #share(event: MouseEvent): readonly [number, number] {
    const { left, top, width, height } = this.#stage.getBoundingClientRect();
    return [(event.clientX - left) / width, (event.clientY - top) / height];
  }

  #cellAt(event: MouseEvent): Cell {
    const { row, column } = cellAt(this.#view.window, ...this.#share(event));
    return { query: row, key: column };
  }

  #down(event: PointerEvent): void {
    if (event.button === 0) this.#acts.point(this.#cellAt(event));
  }

  #move(event: PointerEvent): void {
    if (!this.#pan.pressed) this.#acts.point(this.#cellAt(event));
  }

  #key(event: KeyboardEvent): void {
    if (isPress(event)) this.#acts.keep(this.#view.cell);
    else if (!this.#zoomKey(event) && !this.#panKey(event) && !this.#walkKey(event))
      return;
    event.preventDefault();
  }

  #zoomKey(event: KeyboardEvent): boolean {
    const closer = (factor: number) => this.#zoomed(factor);
    const window = windowAfterKey(event, this.#view.window, closer);
    if (window) this.#view.window = window;
    return window !== null;
  }

  /** Zoom about the cell that is read where it is on show, else about the middle. */
  zoom(factor: number): void {
    this.#view.window = this.#zoomed(factor);
  }

  #zoomed(factor: number): ZoomWindow {
    const { window, cell } = this.#view;
    const across = (cell.key + 0.5 - window.x) / window.span;
    const down = (cell.query + 0.5 - window.y) / window.span;
    const shown = (share: number) => share >= 0 && share <= 1;
    return shown(across) && shown(down)
      ? zoomed(window, factor, across, down)
      : zoomed(window, factor);
  }

  #panKey(event: KeyboardEvent): boolean {
    if (!event.shiftKey || belongsOutside(event)) return false;
    const quarter = this.#view.window.span / 4;
    const steps: Readonly<Record<string, readonly [number, number]>> = {
      ArrowLeft: [-quarter, 0],
      ArrowRight: [quarter, 0],
      ArrowUp: [0, -quarter],
      ArrowDown: [0, quarter],
    };
    const step = steps[event.key];
    if (step) this.#view.window = moved(this.#view.window, ...step);
    return step !== undefined;
  }

  #walkKey(event: KeyboardEvent): boolean {
    const { window, cell } = this.#view;
    const { size } = window;
    const to = moveInGrid(event, cell.query, cell.key, size, size);
    if (!to) return false;
    const next = { query: Math.max(0, to[0]), key: to[1] };
    this.#view.window = revealing(window, next.key, next.query);
    this.#view.cell = next; // keys may come faster than frames
    this.#acts.walk(next);
    return true;
  }
}
