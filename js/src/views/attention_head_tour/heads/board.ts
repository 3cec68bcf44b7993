import { element, setText } from "../../../core/dom";
import { isPress } from "../../../core/keyboard";
import { shortNumber, withError } from "../../../core/numbers";
import { contains } from "../../../core/view/panel";
import type { Finder } from "../finder/finder";
import { FINDER_WORDS } from "../finder/finder_words";
import type { Place } from "../finder/head_table";
import type { Side } from "../side";
import { type Change, headName, type Tour } from "../tour";
import { WORDS } from "../words";
import {
  AXIS_HEIGHT,
  AXIS_WIDTH,
  type BoardLayout,
  boardSize,
  layOutBoard,
} from "./board_layout";
import { measuredCaption } from "./head_caption";
import { HeadCells, type HeadNote, placeOf } from "./head_cells";
import { Thumbnails } from "./thumbnails";

/** In CSS pixels, as in the style sheet. */
const FRAME_PADDING = 3;
/** Below this width, in CSS pixels, an axis label has no room for its letter. */
const TIGHT = 24;
/** Below this one a thumbnail has no room for words. */
const CRAMPED = 40;

/** The thumbnails of all maps of one kind: one canvas holds them, and over it lies a grid
 * of elements that are pointed at, focused, framed and read out. */
export class Board {
  readonly root: HTMLElement;
  readonly caption = element("div");
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #finder: Finder;
  readonly #frame: HTMLElement;
  readonly #now = element("p", { class: "vw-caption vw-head-caption" });
  readonly #measured = element("p", { class: "vw-measured" });
  readonly #cells: HeadCells;
  readonly #thumbnails: Thumbnails;
  #pointed: Place | null = null;

  /** @param frame the box that the board has to fit into */
  constructor(tour: Tour, side: Side, finder: Finder, frame: HTMLElement) {
    const canvas = element("canvas", {
      class: "vw-heads-canvas",
      "aria-hidden": "true",
    });
    this.#tour = tour;
    this.#side = side;
    this.#finder = finder;
    this.#frame = frame;
    this.#cells = new HeadCells(side.sizes, finder.isOpen ? null : WORDS.allHeads);
    this.root = element("div", { class: "vw-board" }, [canvas, this.#cells.root]);
    this.caption.append(this.#now, this.#measured);
    this.#thumbnails = new Thumbnails(tour, side, canvas);
    this.#listen();
  }

  /** Whether there is something to see. */
  get isPainted(): boolean {
    return this.#thumbnails.isPainted;
  }

  update(changed: ReadonlySet<Change>): void {
    const isFresh = this.#finder.concerns(changed);
    if (isFresh) this.#cells.annotate((place) => this.#note(place));
    if (isFresh || changed.has("size")) this.#layOut();
    if (isFresh || contains(changed, "size", "values", "scale", "maximum")) {
      this.#thumbnails.paint();
    }
    if (contains(changed, "values")) {
      this.#cells.markAbsent((layer) => !this.#side.values.isPresent(layer));
      this.#cells.setBusy(this.#side.busy);
    }
    if (contains(changed, "layer", "head")) this.#cells.select(this.#side.place);
    this.#showCaption();
  }

  #listen(): void {
    const { scope } = this.#tour;
    const { root } = this.#cells;
    const paint = scope.eachFrame(() => {
      this.#look();
      this.#thumbnails.paint();
    });
    scope.listen(this.#frame, "scroll", paint);
    const point = (place: Place | null) => {
      this.#pointed = place;
      this.#showCaption();
    };
    const pointAt = (event: Event) => point(placeOf(event.target));
    scope.listen(root, "pointerover", pointAt);
    scope.listen(root, "pointerleave", () => point(null));
    scope.listen(root, "focusin", pointAt);
    scope.listen(root, "focusout", () => point(null));
    scope.listen(root, "click", ({ target }) => this.#open(placeOf(target)));
    scope.listen(root, "keydown", (event) => {
      const place = placeOf(event.target);
      if (isPress(event)) this.#open(place);
      else if (!place || !this.#cells.move(event, place)) return;
      event.preventDefault();
    });
  }

  #open(place: Place | null): void {
    if (!place) return;
    const [layer, head] = place;
    // A rollout is of no head: the one in the large view stays.
    this.#tour.act(WORDS.open, this.#finder.isOpen ? { layer, head } : { layer });
  }

  #layOut(): void {
    const room = this.#frame.clientWidth - 2 * FRAME_PADDING;
    if (room <= 0) return;
    const { places, column } = this.#finder.found;
    const { sizes, facts } = this.#side;
    const density = devicePixelRatio;
    const order = column ? places : null;
    const layout = layOutBoard({ sizes, grid: facts.grid, order, room, density });
    this.#cells.arrange(layout);
    this.#thumbnails.arrange(layout);
    this.#setLengths(layout, density);
    const { classList } = this.root;
    classList.toggle("vw-tight", layout.width / density < TIGHT);
    classList.toggle("vw-cramped", layout.width / density < CRAMPED);
    classList.toggle("vw-in-order", !layout.byPlace);
    this.#look();
  }

  /** In an order there may be more heads than the frame has room for. */
  #look(): void {
    const { scrollTop, clientHeight } = this.#frame;
    const top = scrollTop * devicePixelRatio;
    this.#thumbnails.look(top, top + clientHeight * devicePixelRatio);
  }

  #setLengths(layout: BoardLayout, density: number): void {
    const all = boardSize(layout);
    const lengths = {
      "axis-width": AXIS_WIDTH,
      "axis-height": AXIS_HEIGHT,
      gap: layout.gap / density,
      "head-width": layout.width / density,
      "head-height": layout.height / density,
      "label-height": layout.label / density,
      "heads-width": all.width / density,
      "heads-height": all.height / density,
    };
    const { style } = this.root;
    style.setProperty("--vw-head-count", String(layout.columns));
    for (const [name, length] of Object.entries(lengths)) {
      style.setProperty(`--vw-${name}`, `${length}px`);
    }
  }

  #note(place: Place): HeadNote {
    const { table, found } = this.#finder;
    const address = this.#nameOf(place);
    const kind = table?.kind(place);
    const label: string[] = [];
    if (found.column && table) {
      const value = table.value(found.column.name, place);
      const isKnown = !Number.isNaN(value);
      label.push(address, isKnown ? shortNumber(value) : FINDER_WORDS.noValue);
    }
    const visible = label.length > 0 ? label.join(" ") : address;
    const name = kind ? `${visible}, ${kind.type}` : visible;
    const apart = !found.matches(place);
    return {
      name: apart ? FINDER_WORDS.noMatch(name) : name,
      type: kind?.type ?? "",
      tip: kind ? `${address}: ${kind.evidence}` : "",
      label,
      apart,
    };
  }

  #showCaption(): void {
    const place = this.#pointed ?? this.#side.place;
    if (!place) return;
    const { table } = this.#finder;
    setText(this.#now, this.#describe(place));
    setText(this.#measured, table ? measuredCaption(table, place) : "");
  }

  #describe([layer, head]: Place): string {
    const { values, store, tokens } = this.#side;
    const name = this.#nameOf([layer, head]);
    const missing = this.#side.missing(layer);
    if (missing !== null) return `${name}: ${missing}`;
    const token = values.strongest(layer, head);
    const direction = this.#tour.settings.get("direction");
    const error = store.error(layer, head, tokens ?? [], direction, token) ?? 0;
    return WORDS.upTo(name, withError(values.value(layer, head, token), error));
  }

  #nameOf([layer, head]: Place): string {
    return this.#finder.isOpen ? headName(layer, head) : WORDS.upToLayer(layer);
  }
}
