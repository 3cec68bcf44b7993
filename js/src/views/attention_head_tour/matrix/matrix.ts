import type { Range } from "../../../core/colour_scale";
import type { Scope } from "../../../core/dispose";
import { element, setText } from "../../../core/dom";
import type { PatchGrid } from "../../../core/grid";
import { contextOf, fitCanvas } from "../../../core/painter";
import { ZOOM_STEP } from "../../../core/pan_zoom";
import { wholeSquare, type ZoomWindow } from "../../../core/zoom";
import type { HeadMatrix } from "./head_matrix";
import { axisLabels } from "./matrix_axis";
import { MatrixBitmap } from "./matrix_bitmap";
import { type Cell, type MatrixActs, MatrixGestures } from "./matrix_gestures";
import { MATRIX_WORDS } from "./matrix_words";

/** What lies over the matrix. */
export interface MatrixMarks {
  /** Whether the tokens on show are rows (they look) or columns (they are looked at). */
  direction: "row" | "column";
  shown: readonly number[];
  /** The cross-hair. */
  read: Cell | null;
}

/** Room that one label takes, in CSS pixels. */
const LABEL_HEIGHT = 16;
const LABEL_WIDTH = 46;

/** Every token's attention to every token: who looks goes down, what is looked at goes
 * across, prefix tokens first. Zooms and moves; tells which cell is pointed at. */
export class Matrix {
  readonly root: HTMLElement;
  /** The cell that the keys go on from. */
  cell: Cell = { query: 0, key: 0 };
  readonly #grid: PatchGrid;
  readonly #canvas = element("canvas", { class: "vw-canvas", "aria-hidden": "true" });
  readonly #stage: HTMLElement;
  readonly #marks = element("div", { class: "vw-matrix-marks" });
  /** Lines between the prefix tokens and the patches. */
  readonly #upright = element("div", { class: "vw-matrix-line vw-upright" });
  readonly #level = element("div", { class: "vw-matrix-line vw-level" });
  readonly #across = element("div", { class: "vw-axis-across", "aria-hidden": "true" });
  readonly #down = element("div", { class: "vw-axis-down", "aria-hidden": "true" });
  readonly #context: CanvasRenderingContext2D;
  readonly #drawSoon: () => void;
  #bitmap: MatrixBitmap | null = null;
  #empty = true;
  #window: ZoomWindow;
  #shown: MatrixMarks = { direction: "row", shown: [], read: null };

  constructor(scope: Scope, grid: PatchGrid, acts: MatrixActs) {
    this.#grid = grid;
    this.#window = wholeSquare(grid.tokens);
    this.#context = contextOf(this.#canvas);
    this.#stage = element(
      "div",
      {
        class: "vw-stage vw-matrix",
        role: "slider",
        tabindex: "0",
        "aria-label": MATRIX_WORDS.label,
        "aria-valuemin": "0",
        "aria-valuemax": String(grid.tokens ** 2 - 1),
      },
      [this.#canvas, this.#upright, this.#level, this.#marks],
    );
    const gestures = new MatrixGestures(scope, this.#stage, this, acts);
    this.root = element("div", { class: "vw-matrix-frame" }, [
      element("div", { class: "vw-matrix-top" }, [
        element("span", { class: "vw-muted" }, [MATRIX_WORDS.axes]),
        this.#buttons(scope, gestures),
      ]),
      element("div", { class: "vw-matrix-axes" }, [
        this.#across,
        this.#down,
        this.#stage,
      ]),
    ]);
    this.#drawSoon = scope.eachFrame(() => this.#draw());
    scope.onResize(this.#canvas, this.#drawSoon);
    scope.onPixelRatio(this.#drawSoon);
  }

  get window(): ZoomWindow {
    return this.#window;
  }

  set window(window: ZoomWindow) {
    this.#window = window;
    this.#drawSoon();
  }

  /** Show a head's values, or nothing. Colouring and painting 2.5 million cells take a
   * frame each. */
  show(matrix: HeadMatrix | null, range: Range, kind: "linear" | "log"): void {
    this.#empty = matrix === null;
    if (matrix) {
      this.#bitmap ??= new MatrixBitmap(this.#grid.tokens);
      this.#bitmap.colour(matrix, range, kind);
    }
    this.#drawSoon();
  }

  mark(marks: MatrixMarks): void {
    this.#shown = marks;
    this.#placeMarks();
  }

  /** Add what is shown over the matrix. */
  overlay(child: HTMLElement): void {
    this.#stage.append(child);
  }

  /** What a screen reader hears as the value of the present cell. */
  speak(text: string): void {
    const { query, key } = this.cell;
    const now = String(query * this.#grid.tokens + key);
    this.#stage.setAttribute("aria-valuenow", now);
    this.#stage.setAttribute("aria-valuetext", text);
  }

  #buttons(scope: Scope, gestures: MatrixGestures): HTMLElement {
    const button = (text: string, label: string, act: () => void) => {
      const attributes = { class: "vw-button", "aria-label": label };
      const made = element("button", { ...attributes, title: label }, [text]);
      scope.listen(made, "click", act);
      return made;
    };
    const whole = () => {
      this.window = wholeSquare(this.#grid.tokens);
    };
    const group = {
      class: "vw-switch",
      role: "group",
      "aria-label": MATRIX_WORDS.zoom,
    };
    return element("div", group, [
      button("−", MATRIX_WORDS.wider, () => gestures.zoom(1 / ZOOM_STEP)),
      button("+", MATRIX_WORDS.closer, () => gestures.zoom(ZOOM_STEP)),
      button("⤢", MATRIX_WORDS.whole, whole),
    ]);
  }

  #draw(): void {
    if (!fitCanvas(this.#canvas)) return;
    const { width, height } = this.#canvas;
    const { span, size } = this.#window;
    this.#stage.classList.toggle("vw-zoomed", span < size);
    this.#context.clearRect(0, 0, width, height);
    if (!this.#empty) this.#bitmap?.draw(this.#context, this.#window);
    this.#placeLabels();
    this.#placeLines();
    this.#placeMarks();
  }

  #placeLabels(): void {
    const { x, y, span } = this.#window;
    const { clientWidth, clientHeight } = this.#canvas;
    const across = axisLabels(this.#grid, { start: x, span }, clientWidth, LABEL_WIDTH);
    const down = axisLabels(this.#grid, { start: y, span }, clientHeight, LABEL_HEIGHT);
    fill(this.#across, "span", across, (label, { at, text }) => {
      label.style.left = `${100 * at}%`;
      setText(label, text);
    });
    fill(this.#down, "span", down, (label, { at, text }) => {
      label.style.top = `${100 * at}%`;
      setText(label, text);
    });
  }

  #placeLines(): void {
    const { x, y, span } = this.#window;
    const { prefix } = this.#grid;
    this.#upright.hidden = prefix <= x || prefix >= x + span;
    this.#upright.style.left = `${(100 * (prefix - x)) / span}%`;
    this.#level.hidden = prefix <= y || prefix >= y + span;
    this.#level.style.top = `${(100 * (prefix - y)) / span}%`;
  }

  #placeMarks(): void {
    const { x, y, span } = this.#window;
    fill(this.#marks, "div", bandsOf(this.#shown), (mark, band) => {
      const { axis, name, from, count } = band;
      mark.className = `vw-band vw-band-${axis} ${name}`;
      mark.removeAttribute("style");
      const [start, length] = axis === "row" ? ["top", "height"] : ["left", "width"];
      const first = from - (axis === "row" ? y : x);
      mark.style.setProperty(start, `${(100 * first) / span}%`);
      mark.style.setProperty(length, `${(100 * count) / span}%`);
    });
  }
}

/** Rows or columns beside each other: `count` of them from `from` on. */
interface Band {
  axis: "row" | "column";
  name: "vw-query" | "vw-probe";
  from: number;
  count: number;
}

function bandsOf({ direction, shown, read }: MatrixMarks): Band[] {
  const bands: Band[] = [];
  for (const token of shown) {
    const last = bands.at(-1);
    if (last && last.from + last.count === token) last.count++;
    else bands.push({ axis: direction, name: "vw-query", from: token, count: 1 });
  }
  if (!read) return bands;
  for (const axis of ["row", "column"] as const) {
    const from = axis === "row" ? read.query : read.key;
    if (axis === direction && shown.length === 1 && shown[0] === from) continue;
    bands.push({ axis, name: "vw-probe", from, count: 1 });
  }
  return bands;
}

/** Give an element one child for each item, and let `place` say how it looks. */
function fill<Item>(
  parent: HTMLElement,
  tag: "span" | "div",
  items: readonly Item[],
  place: (child: HTMLElement, item: Item) => void,
): void {
  while (parent.childElementCount > items.length) parent.lastElementChild?.remove();
  items.forEach((item, index) => {
    const child = (parent.children[index] as HTMLElement) ?? element(tag);
    if (!child.parentElement) parent.append(child);
    place(child, item);
  });
}
