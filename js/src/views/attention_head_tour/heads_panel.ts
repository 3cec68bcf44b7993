import { element, setText } from "../../core/dom";
import { isPress, moveInGrid } from "../../core/keyboard";
import { withError } from "../../core/numbers";

import { Thumbnails } from "./thumbnails";
import { contains, headName, missingLayer, type Panel, type Tour } from "./tour";
import { WORDS } from "./words";

/** Every head as a thumbnail, layers down and heads across. One canvas holds them all;
 * over it lies a grid of elements that are pointed at, focused, framed and read out. */
export function headsPanel(tour: Tour): Panel {
  const { layers, heads } = tour.facts.sizes;
  const canvas = element("canvas", { class: "vw-heads-canvas", "aria-hidden": "true" });
  const cells = new HeadCells(layers, heads);
  const board = element("div", { class: "vw-board" }, [canvas, cells.root]);
  const frame = element("div", { class: "vw-board-frame" }, [board]);
  const caption = element("p", { class: "vw-caption vw-head-caption" });
  const thumbnails = new Thumbnails(tour, canvas, board, frame);
  const root = element(
    "div",
    { class: "vw-panel", role: "group", "aria-label": WORDS.allHeads },
    [element("div", { class: "vw-heading" }, [WORDS.allHeads]), frame, caption],
  );
  let pointed: readonly [number, number] | null = null;

  const showCaption = () => {
    const [layer, head] = pointed ?? [
      tour.settings.get("layer"),
      tour.settings.get("head"),
    ];
    const name = headName(layer, head);
    if (!tour.values.isPresent(layer)) {
      setText(caption, `${name}: ${missingLayer(tour, layer)}`);
      return;
    }
    const token = tour.values.strongest(layer, head);
    const [query, direction] = [
      tour.settings.get("query"),
      tour.settings.get("direction"),
    ];
    const error = tour.store.error(layer, head, query, direction, token) ?? 0;
    const most = withError(tour.values.value(layer, head, token), error);
    setText(caption, WORDS.upTo(name, most));
  };
  const point = (place: readonly [number, number] | null) => {
    pointed = place;
    showCaption();
  };
  const open = ([layer, head]: readonly [number, number]) => {
    tour.settings.set("layer", layer);
    tour.settings.set("head", head);
  };
  cells.listen(tour, point, open);
  tour.scope.onResize(frame, () => tour.invalidate("size"));
  tour.scope.onPixelRatio(() => tour.invalidate("size"));

  return {
    root,
    update(changed) {
      if (changed.has("size")) thumbnails.layOut();
      if (contains(changed, "size", "values", "scale", "maximum")) thumbnails.paint();
      if (contains(changed, "values")) {
        cells.markAbsent((layer) => !tour.values.isPresent(layer));
        cells.setBusy(tour.busy);
      }
      if (contains(changed, "layer", "head")) {
        cells.select(tour.settings.get("layer"), tour.settings.get("head"));
      }
      root.classList.toggle("vw-stale", tour.stale);
      root.classList.toggle("vw-unreachable", tour.detached);
      showCaption();
    },
  };
}

/** The elements over the thumbnails: a grid with one stop of the Tab key. */
class HeadCells {
  readonly root: HTMLElement;
  readonly #rows: HTMLElement[][] = [];
  readonly #lines: HTMLElement[] = [];
  #selected: HTMLElement | null = null;
  #stop: HTMLElement | null = null;

  constructor(layers: number, heads: number) {
    this.root = element("div", {
      class: "vw-cells",
      role: "grid",
      "aria-label": WORDS.headGrid,
    });
    const axis = Array.from({ length: heads }, (_, head) =>
      element("span", { class: "vw-axis", role: "columnheader" }, [
        element("span", { class: "vw-axis-letter" }, ["H"]),
        String(head),
      ]),
    );
    const corner = element("span", { class: "vw-axis", role: "columnheader" }, [
      element("span", { class: "vw-hidden" }, ["layer"]),
    ]);
    this.root.append(
      element("div", { class: "vw-row", role: "row" }, [corner, ...axis]),
    );
    for (let layer = 0; layer < layers; layer++) this.#addRow(layer, heads);
  }

  listen(
    tour: Tour,
    point: (place: readonly [number, number] | null) => void,
    open: (place: readonly [number, number]) => void,
  ): void {
    const { scope } = tour;
    const pointAt = (event: Event) => point(placeOf(event.target));
    const openAt = (event: Event) => {
      const place = placeOf(event.target);
      if (place) open(place);
    };
    scope.listen(this.root, "pointerover", pointAt);
    scope.listen(this.root, "pointerleave", () => point(null));
    scope.listen(this.root, "focusin", pointAt);
    scope.listen(this.root, "focusout", () => point(null));
    scope.listen(this.root, "click", openAt);
    scope.listen(this.root, "keydown", (event) => {
      if (isPress(event)) openAt(event);
      else if (!this.#move(event)) return;
      event.preventDefault();
    });
  }

  select(layer: number, head: number): void {
    this.#selected?.setAttribute("aria-selected", "false");
    this.#selected = this.#rows[layer]?.[head] ?? null;
    this.#selected?.setAttribute("aria-selected", "true");
    if (this.#selected) this.#makeStop(this.#selected);
  }

  setBusy(busy: boolean): void {
    this.root.setAttribute("aria-busy", String(busy));
  }

  markAbsent(isAbsent: (layer: number) => boolean): void {
    this.#lines.forEach((line, layer) => {
      line.classList.toggle("vw-absent", isAbsent(layer));
    });
  }

  #addRow(layer: number, heads: number): void {
    const cells = Array.from({ length: heads }, (_, head) =>
      element("div", {
        class: "vw-head",
        role: "gridcell",
        tabindex: "-1",
        "aria-selected": "false",
        "aria-label": headName(layer, head),
        "data-layer": String(layer),
        "data-head": String(head),
      }),
    );
    const axis = element("span", { class: "vw-axis", role: "rowheader" }, [
      `L${layer}`,
    ]);
    const line = element("div", { class: "vw-row", role: "row" }, [axis, ...cells]);
    this.#rows.push(cells);
    this.#lines.push(line);
    this.root.append(line);
  }

  #move(event: KeyboardEvent): boolean {
    const place = placeOf(event.target);
    const [first] = this.#rows;
    if (!place || !first) return false;
    const to = moveInGrid(event, ...place, this.#rows.length, first.length);
    const cell = to && this.#rows[Math.max(0, to[0])]?.[to[1]];
    if (!cell) return false;
    this.#makeStop(cell);
    cell.focus();
    return true;
  }

  #makeStop(cell: HTMLElement): void {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = cell;
    cell.tabIndex = 0;
  }
}

function placeOf(target: EventTarget | null): readonly [number, number] | null {
  if (!(target instanceof HTMLElement)) return null;
  const { layer, head } = target.dataset;
  return layer === undefined ? null : [Number(layer), Number(head)];
}
