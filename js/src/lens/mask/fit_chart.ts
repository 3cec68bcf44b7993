import { element, setText } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import { LayerChart } from "../curves/layer_chart";
import { type Lens, layerName } from "../lens";
import { WORDS as LENS_WORDS } from "../words";
import type { KnownObjects } from "./known_objects";
import { Overlap } from "./overlap";
import { MASK_WORDS as WORDS } from "./words";

const AXIS = { low: 0, high: 1, ticks: [0, 0.5, 1] };
const COLOURS = { iou: "var(--vw-accent)", accuracy: "var(--vw-muted)" };

/** How well the mask fits what is known to be in the picture, at every layer. */
export class FitChart {
  readonly root: HTMLElement;
  readonly #lens: Lens;
  readonly #objects: KnownObjects;
  readonly #overlap: Overlap;
  readonly #chart: LayerChart;
  readonly #figures = element("p.vw-mask-figures");
  #read: number | null = null;

  constructor(lens: Lens, objects: KnownObjects) {
    this.#lens = lens;
    this.#objects = objects;
    this.#overlap = new Overlap(lens, () => this.update());
    const rows = Array.from({ length: lens.facts.sizes.rows }, (_, row) =>
      layerName(row - 1),
    );
    this.#chart = new LayerChart(
      lens.scope,
      rows,
      () => new EmojiSign(lens.emoji, 15),
      {
        read: (row) => {
          this.#read = row;
          this.update();
        },
        drag: (row) => lens.settings.set("layer", row - 1),
        choose: (row) => lens.act(LENS_WORDS.slide, { layer: row - 1 }),
      },
    );
    this.#chart.name(WORDS.chart);
    lens.scope.onResize(this.#chart.root, () => {
      this.#chart.resize();
      this.update();
    });
    this.root = element("div.vw-mask-fit", [this.#figures, this.#chart.root]);
    this.root.hidden = lens.facts.truth.length === 0;
  }

  /** Numbers of classes stand for other classes now. */
  forget(): void {
    this.#overlap.forget();
  }

  update(): void {
    const mask = this.#lens.settings.get("mask");
    const { compared } = this.#objects;
    const known = this.#lens.facts.truth.length > 0 && mask.length > 0;
    const settled = !this.#lens.stale;
    if (known && settled && compared.length > 0) this.#overlap.want(mask);
    const fit = compared.length > 0 ? this.#overlap.fit : null;
    this.root.hidden = !known;
    this.#chart.root.hidden = fit === null;
    setText(this.#figures, this.#sentence());
    if (!fit) return;
    const curve = (name: "iou" | "accuracy") => ({
      values: fit[name],
      colour: COLOURS[name],
      strong: name === "iou",
      emoji: "",
      name: WORDS[name],
    });
    const row = this.#lens.settings.get("layer") + 1;
    const charted = {
      curves: [curve("iou"), curve("accuracy")],
      axis: AXIS,
      unit: WORDS.unit,
      tick: (value: number) => String(100 * value),
      write: LENS_WORDS.percent,
      row,
      read: this.#read,
    };
    this.#chart.draw(charted, false);
  }

  #sentence(): string {
    const { compared } = this.#objects;
    if (compared.length === 0) return this.#lens.words.mask.noObject;
    const { fit, trouble } = this.#overlap;
    if (!fit) return trouble;
    const row = this.#read ?? this.#lens.settings.get("layer") + 1;
    const [iou, accuracy] = [fit.iou[row], fit.accuracy[row]];
    const place = layerName(row - 1);
    if (iou === undefined || accuracy === undefined || Number.isNaN(iou)) {
      return WORDS.nothing(place);
    }
    const objects = WORDS.and(compared.map(({ name }) => name));
    const { percent } = LENS_WORDS;
    return WORDS.figures(place, percent(iou), percent(accuracy), objects);
  }
}
