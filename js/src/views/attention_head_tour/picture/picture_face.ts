import { element, setText } from "../../../core/dom";
import { ColourBar } from "../../../core/picture/colour_bar";
import { Stage } from "../../../core/picture/stage";
import type { Side } from "../side";
import { type Change, colouring, headName, type Tour } from "../tour";
import { WORDS } from "../words";
import { Heat } from "./heat";
import { PrefixCells } from "./prefix_cells";
import { Probe } from "./probe";

/** The large view's first face: the head's attention over the picture, and the value at
 * the pointer. */
export class PictureFace {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #heat: Heat;
  readonly #probe: Probe;
  readonly #prefixCells: PrefixCells;
  readonly #bar = new ColourBar();
  readonly #loading = element("div", { class: "vw-loading", hidden: "" });
  readonly #markQuery: (tokens: readonly number[]) => void;

  constructor(tour: Tour, side: Side) {
    this.#tour = tour;
    this.#side = side;
    const stage = new Stage(side.facts, "vw-large", WORDS.attention);
    stage.root.append(this.#loading);
    const readout = element("p", { class: "vw-caption vw-readout" });
    this.#markQuery = stage.addMark("vw-query");
    this.#probe = new Probe(tour, side, stage, readout);
    this.#prefixCells = new PrefixCells(tour, side);
    this.#heat = new Heat(tour, side, stage.canvas);
    tour.scope.onResize(stage.canvas, () => tour.invalidate("size"));
    this.root = element("div", {}, [
      stage.root,
      this.#prefixCells.root,
      this.#bar.root,
      readout,
    ]);
  }

  update(changed: ReadonlySet<Change>): void {
    const side = this.#side;
    if (changed.has("size")) this.#heat.resize();
    this.#markQuery(side.tokens ?? []);
    if (side.place) this.#show(...side.place);
    else this.#showNothing();
    this.#probe.update();
  }

  #show(layer: number, head: number): void {
    const how = colouring(this.#tour);
    const { values } = this.#side;
    const range = values.range(layer, head, how.maximum);
    this.#showMissing(this.#side.missing(layer));
    this.#bar.root.classList.toggle("vw-blank", !values.isPresent(layer));
    this.#heat.paint(layer, head);
    this.#prefixCells.update(layer, head, range, how.scale);
    this.#bar.update(range, how.scale);
  }

  #showNothing(): void {
    const { settings } = this.#tour;
    const name = headName(settings.get("layer"), settings.get("head"));
    this.#showMissing(WORDS.noHead(this.#side.facts.name, name));
    this.#heat.clear();
    this.#prefixCells.clear();
    this.#bar.root.classList.add("vw-blank");
  }

  #showMissing(missing: string | null): void {
    this.#loading.hidden = missing === null;
    setText(this.#loading, missing ?? "");
  }
}
