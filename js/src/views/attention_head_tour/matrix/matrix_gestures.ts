import type { Scope } from "../../../core/dispose";
import { clamp } from "../../../core/grid";
import { belongsOutside, isPress, moveInGrid } from "../../../core/keyboard";
import {
  cellAt,
  moved,
  revealing,
  sameWindow,
  wholeSquare,
  type ZoomWindow,
  zoomed,
} from "../../../core/zoom";

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

interface Zoomable {
  window: ZoomWindow;
  cell: Cell;
}

/** A press that moves no further than this, in CSS pixels, is a click. */
const CLICK_REACH = 4;
/** One notch of a wheel is about 100 pixels. */
const PIXELS_TO_DOUBLE = 200;
const LINE = 16;
export const ZOOM_STEP = 1.5;

/** Pointer, wheel and keys on `stage`: they zoom and move what `view` shows. */
export class MatrixGestures {
  readonly #stage: HTMLElement;
  readonly #view: Zoomable;
  readonly #acts: MatrixActs;
  #press: { x: number; y: number; window: ZoomWindow; drags: boolean } | null = null;

  constructor(scope: Scope, stage: HTMLElement, view: Zoomable, acts: MatrixActs) {
    this.#stage = stage;
    this.#view = view;
    this.#acts = acts;
    scope.listen(stage, "pointerdown", (event) => this.#down(event));
    scope.listen(stage, "pointermove", (event) => this.#move(event));
    scope.listen(stage, "pointerup", (event) => this.#up(event));
    scope.listen(stage, "pointercancel", () => this.#end());
    scope.listen(stage, "pointerleave", () => acts.point(null));
    scope.listen(stage, "blur", () => acts.point(null));
    scope.listen(stage, "wheel", (event) => this.#wheel(event), { passive: false });
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
    if (event.button !== 0) return;
    const { window } = this.#view;
    this.#press = { x: event.clientX, y: event.clientY, window, drags: false };
    this.#stage.setPointerCapture(event.pointerId);
    this.#acts.point(this.#cellAt(event));
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (!press) {
      this.#acts.point(this.#cellAt(event));
      return;
    }
    const [right, down] = [event.clientX - press.x, event.clientY - press.y];
    press.drags ||= Math.hypot(right, down) > CLICK_REACH;
    if (!press.drags) return;
    this.#stage.classList.add("vw-dragged");
    const cells = press.window.span / this.#stage.clientWidth;
    this.#view.window = moved(press.window, -right * cells, -down * cells);
  }

  #up(event: PointerEvent): void {
    if (this.#press && !this.#press.drags) this.#acts.keep(this.#cellAt(event));
    this.#end();
  }

  #end(): void {
    this.#press = null;
    this.#stage.classList.remove("vw-dragged");
  }

  /** A wheel scrolls the page, unless the matrix has focus or Ctrl is held (as a pinch on
   * a touch pad says, too). */
  #wheel(event: WheelEvent): void {
    const meant = event.ctrlKey || event.metaKey;
    if (!meant && !this.#stage.matches(":focus")) return;
    const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const factor = clamp(2 ** ((-event.deltaY * line) / PIXELS_TO_DOUBLE), 0.5, 2);
    const window = zoomed(this.#view.window, factor, ...this.#share(event));
    // Where it can't zoom any further the page may scroll on.
    if (meant || !sameWindow(window, this.#view.window)) event.preventDefault();
    this.#view.window = window;
  }

  #key(event: KeyboardEvent): void {
    if (isPress(event)) this.#acts.keep(this.#view.cell);
    else if (!this.#zoomKey(event) && !this.#panKey(event) && !this.#walkKey(event))
      return;
    event.preventDefault();
  }

  #zoomKey(event: KeyboardEvent): boolean {
    if (belongsOutside(event)) return false;
    if (["+", "="].includes(event.key)) this.zoom(ZOOM_STEP);
    else if (["-", "_"].includes(event.key)) this.zoom(1 / ZOOM_STEP);
    else if (event.key === "0") this.#view.window = wholeSquare(this.#view.window.size);
    else return false;
    return true;
  }

  /** Zoom about the cell that is read where it is on show, else about the middle. */
  zoom(factor: number): void {
    const { window, cell } = this.#view;
    const across = (cell.key + 0.5 - window.x) / window.span;
    const down = (cell.query + 0.5 - window.y) / window.span;
    const shown = (share: number) => share >= 0 && share <= 1;
    this.#view.window =
      shown(across) && shown(down)
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
