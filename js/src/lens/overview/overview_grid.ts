import { element, UNHEARD } from "../../core/dom";
import { type Lens, layerName } from "../lens";
import { cellAt, isCramped, type Layout, layoutFor, scrollTo } from "./overview_layout";
import { OverviewPainting } from "./overview_painting";
import { tokenNames } from "./token_names";

/** Of the names of tokens, in CSS pixels. */
const TOP = 16;

/** A row and a token; row 0 is the embedding. */
export interface Cell {
  row: number;
  token: number;
}

/** The painted cells with the names of layers and tokens, and the marks over them. */
export class OverviewGrid {
  readonly root: HTMLElement;
  /** All cells; wider than what is on show where one scrolls. */
  readonly all: HTMLElement;
  readonly #lens: Lens;
  readonly #canvas = element("canvas.vw-overview-canvas", UNHEARD);
  readonly #tokens = element("div.vw-overview-tokens", UNHEARD);
  readonly #layers: readonly HTMLElement[];
  readonly #scroller: HTMLElement;
  readonly #row = element("div.vw-overview-mark");
  readonly #column = element("div.vw-overview-mark");
  readonly #pointed = element("div.vw-overview-mark.vw-overview-pointed");
  readonly #painting: OverviewPainting;
  #layout: Layout = { width: 0, height: 0, total: 0 };
  /** CSS pixels across; reading it from the page in every frame would cost. */
  #room = 0;
  #wide = false;

  constructor(lens: Lens) {
    this.#lens = lens;
    this.#painting = new OverviewPainting(lens, this.#canvas);
    this.#layers = Array.from({ length: lens.facts.sizes.rows }, (_, row) =>
      element("div", [layerName(row - 1)]),
    );
    const marks = [this.#row, this.#column, this.#pointed];
    this.all = element("div.vw-overview-all", [this.#tokens, this.#canvas, ...marks]);
    this.#scroller = element("div.vw-overview-scroller", [this.all]);
    const layers = element("div.vw-overview-layers", UNHEARD, this.#layers);
    this.root = element("div.vw-overview-body", [layers, this.#scroller]);
    this.root.style.setProperty("--vw-overview-top", `${TOP}px`);
    const { scope } = lens;
    scope.onResize(this.#scroller, () => this.#resize());
    scope.onPixelRatio(() => this.paint());
    scope.listen(
      this.#scroller,
      "scroll",
      scope.eachFrame(() => this.paint()),
    );
  }

  /** All cells fit, but for emoji they are too narrow. */
  get isCramped(): boolean {
    return isCramped(this.#room, this.#lens.facts.sizes.tokens);
  }

  /** Make cells wide enough for emoji, or as narrow as lets all be seen. */
  setWide(wide: boolean): void {
    this.#wide = wide;
    this.#resize();
    this.reveal(this.#lens.settings.get("token"));
  }

  paint(): void {
    if (this.#room > 0) this.#painting.paint(this.#layout, this.#scroller.scrollLeft);
  }

  /** Scroll no further than brings a token's column on show. */
  reveal(token: number): void {
    if (this.#room === 0) return;
    const { scrollLeft } = this.#scroller;
    const to = scrollTo(this.#layout, token, this.#room, scrollLeft);
    if (to !== scrollLeft) this.#scroller.scrollLeft = to;
  }

  /** Mark the row and the column of the present cell, and the cell that is pointed at. */
  mark(present: Cell, pointed: Cell | null): void {
    const { sizes } = this.#lens.facts;
    this.#place(this.#row, { row: present.row, token: 0 }, sizes.tokens, 1);
    this.#place(this.#column, { row: 0, token: present.token }, 1, sizes.rows);
    this.#pointed.hidden = pointed === null;
    if (pointed) this.#place(this.#pointed, pointed, 1, 1);
    for (const [row, name] of this.#layers.entries()) {
      name.classList.toggle("vw-present", row === present.row);
    }
  }

  /** The cell under the pointer. */
  cellOf({ clientX, clientY }: MouseEvent): Cell {
    const { left, top } = this.all.getBoundingClientRect();
    const { rows, tokens } = this.#lens.facts.sizes;
    return cellAt(this.#layout, clientX - left, clientY - top - TOP, rows, tokens);
  }

  #resize(): void {
    const { facts, settings } = this.#lens;
    this.#room = this.#scroller.clientWidth;
    const layout = layoutFor(this.#room, facts.sizes.tokens, this.#wide);
    const height = `${layout.height}px`;
    this.#layout = layout;
    this.all.style.width = `${layout.total}px`;
    this.#canvas.style.width = `${Math.min(this.#room, layout.total)}px`;
    this.#canvas.style.height = `${layout.height * facts.sizes.rows}px`;
    for (const name of this.#layers) {
      name.style.height = height;
      name.style.lineHeight = height;
    }
    this.#tokens.replaceChildren(...tokenNames(facts.grid, layout));
    this.reveal(settings.get("token"));
    this.#lens.invalidate("size");
  }

  #place(mark: HTMLElement, { row, token }: Cell, across: number, down: number): void {
    const { width, height } = this.#layout;
    mark.style.left = `${token * width}px`;
    mark.style.top = `${TOP + row * height}px`;
    mark.style.width = `${across * width}px`;
    mark.style.height = `${down * height}px`;
  }
}
