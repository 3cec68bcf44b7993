import type { Scope } from "../../core/dispose";
import { clamp } from "../../core/grid";
import { PanZoom, windowAfterKey, ZOOM_STEP } from "../../core/pan_zoom";
import type { PictureBox } from "../../core/picture/patch_edges";
import type { Pictured } from "../../core/picture/pictured";
import { Stage } from "../../core/picture/stage";
import {
  revealing,
  sameWindow,
  wholeSquare,
  type ZoomWindow,
  zoomed,
} from "../../core/zoom";

/** A picture that can be seen closer. Its longer side has `size` cells. */
export class ZoomStage extends Stage {
  readonly #pictured: Pictured;
  readonly #size: number;
  readonly #changed: () => void;
  readonly #marks: { tokens: readonly number[]; place: () => void }[] = [];
  readonly #pan: PanZoom;
  #window: ZoomWindow;

  /** @param acts.changed another part is on show
   * @param acts.click a patch was clicked, not dragged */
  constructor(
    pictured: Pictured,
    label: string,
    scope: Scope,
    acts: { changed: () => void; click: (token: number) => void },
  ) {
    super(pictured, "vw-lens-picture", label);
    this.#pictured = pictured;
    this.#size = Math.max(pictured.grid.rows, pictured.grid.columns);
    this.#window = wholeSquare(this.#size);
    this.#changed = acts.changed;
    this.#pan = new PanZoom(scope, this.canvas, this, {
      click: (event) => acts.click(this.tokenOf(event)),
      wheels: () => false, // it scrolls the page
    });
    scope.listen(this.root, "keydown", (event) => {
      const window = windowAfterKey(event, this.#window, (factor) =>
        zoomed(this.#window, factor),
      );
      if (!window) return;
      event.preventDefault();
      this.window = window;
    });
  }

  get isWhole(): boolean {
    return this.#window.span >= this.#size;
  }

  /** A button or finger is down on it. */
  get pressed(): boolean {
    return this.#pan.pressed;
  }

  get window(): ZoomWindow {
    return this.#window;
  }

  set window(window: ZoomWindow) {
    if (sameWindow(window, this.#window)) return;
    this.#window = window;
    for (const { place } of this.#marks) place();
    this.root.classList.toggle("vw-zoomed", !this.isWhole);
    this.#changed();
  }

  /** Where the whole picture lies on the canvas, in its pixels. */
  get box(): PictureBox {
    const { width, height } = this.canvas;
    const factor = this.#size / this.#window.span;
    return {
      x: (-this.#window.x / this.#window.span) * width,
      y: (-this.#window.y / this.#window.span) * height,
      width: width * factor,
      height: height * factor,
    };
  }

  closer(): void {
    this.window = zoomed(this.#window, ZOOM_STEP);
  }

  farther(): void {
    this.window = zoomed(this.#window, 1 / ZOOM_STEP);
  }

  all(): void {
    this.window = wholeSquare(this.#size);
  }

  /** Move as little as brings a patch on show in full. */
  reveal(token: number): void {
    const { grid } = this.#pictured;
    if (this.isWhole || !grid.isPatch(token)) return;
    const { left, top, width, height } = grid.box(token);
    const [x, y] = [left * this.#size, top * this.#size];
    // A patch of a picture that is not square may be wider or higher than a cell.
    const [right, bottom] = [width * this.#size - 1, height * this.#size - 1];
    const near = revealing(this.#window, x + right, y + bottom);
    this.window = revealing(near, x, y);
  }

  override addMark(name: string): (tokens: readonly number[]) => void {
    const mark = document.createElement("div");
    mark.className = `vw-mark ${name}`;
    mark.hidden = true;
    this.root.append(mark);
    const entry = {
      tokens: [] as readonly number[],
      place: () => this.#placeMark(mark, entry.tokens),
    };
    this.#marks.push(entry);
    return (tokens) => {
      entry.tokens = tokens;
      entry.place();
    };
  }

  override tokenOf(event: PointerEvent): number {
    const { canvas } = this;
    const factor = this.#size / this.#window.span;
    const across = event.offsetX / canvas.clientWidth;
    const down = event.offsetY / canvas.clientHeight;
    // A finger that was caught may be beyond the edge.
    const x = this.#window.x / this.#size + clamp(across, 0, 1) / factor;
    const y = this.#window.y / this.#size + clamp(down, 0, 1) / factor;
    return this.#pictured.grid.tokenAt(x, y, 1, 1);
  }

  #placeMark(mark: HTMLElement, tokens: readonly number[]): void {
    const { grid } = this.#pictured;
    const [token] = tokens;
    mark.hidden = token === undefined || !grid.isPatch(token);
    if (mark.hidden || token === undefined) return;
    const { left, top, width, height } = grid.box(token);
    const factor = this.#size / this.#window.span;
    const [x, y] = [this.#window.x / this.#size, this.#window.y / this.#size];
    mark.style.left = `${100 * factor * (left - x)}%`;
    mark.style.top = `${100 * factor * (top - y)}%`;
    mark.style.width = `${100 * factor * width}%`;
    mark.style.height = `${100 * factor * height}%`;
  }
}
