import { type Axis, along } from "../../core/axis";
import type { Scope } from "../../core/dispose";
import { element, setAria } from "../../core/dom";
import { clamp } from "../../core/grid";
import { ChartLabels, LABEL_HEIGHT, type Sign } from "./chart_labels";
import { spread } from "./label_layout";
import { setAttributes, svg, svgText } from "./svg";
import { CURVES_WORDS as WORDS } from "./words";

/** One number a layer, as a line with a label at its end. */
export interface Curve {
  /** One a row: the embedding, then each layer. NaN leaves a gap. */
  values: ArrayLike<number>;
  colour: string;
  /** Thicker than others. */
  strong: boolean;
  /** Empty for none. */
  emoji: string;
  name: string;
}

export interface Charted {
  curves: readonly Curve[];
  axis: Axis;
  /** What the axis measures, with its unit. */
  unit: string;
  /** A value as the axis writes it, and as labels do. */
  tick: (value: number) => string;
  write: (value: number) => string;
  /** The row of the present layer. */
  row: number;
  /** The row that is pointed at. */
  read: number | null;
}

interface Acts {
  /** Called with the row under the pointer, or null. */
  read: (row: number | null) => void;
  /** Called while a person drags over the rows. */
  drag: (row: number) => void;
  /** Called when a person lets go at a row. */
  choose: (row: number) => void;
}

/** Room for the axis, the unit above and the names of layers beneath. */
const [LEFT, TOP, BOTTOM] = [40, 20, 20];
/** Room from the last layer to the labels, in which thin lines lead there. */
const LEAD = 14;
/** The least between the names of layers. */
const NAME_ROOM = 34;
/** The name of the embedding is longer. */
const FIRST_NAME_ROOM = 52;

/** Curves over all layers, with the present layer as a line that can be dragged. */
export class LayerChart {
  readonly root: HTMLElement;
  readonly #rowNames: readonly string[];
  readonly #plot = svg("svg", { class: "vw-chart-plot", role: "img" });
  readonly #scales = svg("g");
  readonly #lines = svg("g");
  readonly #present = svg("line", { class: "vw-chart-present" });
  readonly #pointed = svg("line", { class: "vw-chart-pointed" });
  readonly #pointedName = svg("text", { class: "vw-chart-pointed-name" });
  /** Labels lead from the ends of curves, but their values are those of one layer. */
  readonly #valuesAt = svg("text", {
    class: "vw-chart-values-at",
    y: 11,
    "text-anchor": "end",
  });
  readonly #labels: ChartLabels;
  #scaled = "";
  #width = 0;
  #height = 0;

  /** @param rowNames names of the rows: embedding, L0, L1, ... */
  constructor(
    scope: Scope,
    rowNames: readonly string[],
    makeSign: () => Sign,
    acts: Acts,
  ) {
    this.#rowNames = rowNames;
    this.#labels = new ChartLabels(makeSign);
    const lines = [this.#pointed, this.#lines, this.#present];
    this.#plot.append(this.#scales, ...lines, this.#pointedName, this.#valuesAt);
    this.root = element("div.vw-chart", [this.#labels.root]);
    this.root.prepend(this.#plot);
    this.#listen(scope, acts);
  }

  /** What a screen reader hears of the picture. */
  name(text: string): void {
    if (this.#plot.getAttribute("aria-label") === text) return;
    setAria(this.#plot, "label", text);
  }

  /** Fit the chart to its box; until it has one, nothing is drawn. */
  resize(): void {
    this.#width = this.#plot.clientWidth;
    this.#height = this.#plot.clientHeight;
    const viewBox = `0 0 ${this.#width} ${this.#height}`;
    setAttributes(this.#plot, { viewBox });
  }

  /** @param anew draw emoji though they are the same */
  draw(charted: Charted, anew: boolean): void {
    if (this.#width === 0) return;
    const { curves, axis, row, read, write } = charted;
    this.#drawScales(charted);
    const ends = curves.map(({ values }) => this.#end(axis, values));
    const half = LABEL_HEIGHT / 2;
    const places = spread(ends, LABEL_HEIGHT, [half, this.#height - half]);
    this.#drawLines(curves, axis, ends, places);
    const labels = curves.map(({ values, ...curve }, index) => {
      const value = values[read ?? row] ?? Number.NaN;
      const written = Number.isNaN(value) ? "–" : write(value);
      return { ...curve, value: written, place: places[index] ?? 0 };
    });
    this.#labels.show(labels, anew);
    this.#placeRow(this.#present, row);
    this.#placeRow(this.#pointed, read);
    this.#nameRow(read);
    this.#valuesAt.textContent = WORDS.valuesAt(this.#rowNames[read ?? row] ?? "");
    setAttributes(this.#valuesAt, { x: this.#width });
  }

  #listen(scope: Scope, { read, drag, choose }: Acts): void {
    // SVG elements fire the same pointer events.
    const plot = this.#plot as unknown as HTMLElement;
    let dragging = false;
    scope.listen(plot, "pointermove", (event) => {
      const row = this.#rowAt(event);
      read(row);
      if (dragging) drag(row);
    });
    scope.listen(plot, "pointerdown", (event) => {
      if (event.button !== 0) return;
      plot.setPointerCapture(event.pointerId);
      dragging = true;
      drag(this.#rowAt(event));
    });
    scope.listen(plot, "pointerup", (event) => {
      if (dragging) choose(this.#rowAt(event));
      dragging = false;
    });
    scope.listen(plot, "pointercancel", () => {
      dragging = false;
    });
    scope.listen(plot, "pointerleave", () => read(null));
  }

  #drawScales({ axis, unit, tick }: Charted): void {
    const texts = axis.ticks.map(tick);
    const scaled = [unit, texts, this.#width, this.#height].join();
    if (scaled === this.#scaled) return;
    this.#scaled = scaled;
    const ticks = axis.ticks.flatMap((value, index) => {
      const y = this.#y(axis, value);
      const place = { x: LEFT - 6, y, dy: "0.35em", "text-anchor": "end" };
      return [
        svg("line", { x1: LEFT, x2: this.#right, y1: y, y2: y }),
        svgText(texts[index] ?? "", place),
      ];
    });
    this.#scales.replaceChildren(
      svgText(unit, { x: 0, y: 11 }),
      ...ticks,
      ...this.#namesOfRows(),
    );
  }

  #namesOfRows(): SVGElement[] {
    const every = Math.ceil(NAME_ROOM / this.#step);
    const last = this.#rowNames.length - 1;
    return this.#rowNames.flatMap((name, row) => {
      const isNear = last - row < every || row * this.#step < FIRST_NAME_ROOM;
      // Counted from the last: the first and the last are always named.
      const isNamed =
        row === 0 || row === last || ((last - row) % every === 0 && !isNear);
      return isNamed ? [svgText(name, this.#namePlace(row))] : [];
    });
  }

  #drawLines(
    curves: readonly Curve[],
    axis: Axis,
    ends: readonly number[],
    places: readonly number[],
  ): void {
    const { children } = this.#lines;
    while (children.length > 2 * curves.length) this.#lines.lastElementChild?.remove();
    while (children.length < 2 * curves.length) this.#lines.append(svg("path"));
    curves.forEach(({ values, colour, strong }, index) => {
      const line = children[2 * index] as SVGPathElement;
      const lead = children[2 * index + 1] as SVGPathElement;
      setAttributes(line, { class: "vw-chart-line", d: this.#path(axis, values) });
      line.style.stroke = colour;
      line.style.strokeWidth = strong ? "3.5" : "1.75";
      const [end, place] = [ends[index] ?? 0, places[index] ?? 0];
      const d = `M${this.#right} ${end}l${LEAD} ${place - end}`;
      setAttributes(lead, { class: "vw-chart-lead", d });
    });
  }

  #path(axis: Axis, values: ArrayLike<number>): string {
    let path = "";
    let isDrawing = false;
    for (let row = 0; row < this.#rowNames.length; row++) {
      const y = this.#y(axis, values[row] ?? Number.NaN);
      const isThere = !Number.isNaN(y);
      const step = isDrawing ? "L" : "M";
      if (isThere) path += `${step}${this.#x(row).toFixed(1)} ${y.toFixed(1)}`;
      isDrawing = isThere;
    }
    return path;
  }

  /** The height at which a curve ends; at the bottom for one that has no end. */
  #end(axis: Axis, values: ArrayLike<number>): number {
    const end = this.#y(axis, values[values.length - 1] ?? Number.NaN);
    return Number.isNaN(end) ? this.#y(axis, axis.low) : end;
  }

  #placeRow(line: SVGLineElement, row: number | null): void {
    line.style.display = row === null ? "none" : "";
    const x = this.#x(row ?? 0);
    setAttributes(line, { x1: x, x2: x, y1: TOP - 5, y2: this.#height - BOTTOM + 4 });
  }

  /** Name the row that is pointed at: not all rows have room for their names. */
  #nameRow(row: number | null): void {
    this.#pointedName.textContent = this.#rowNames[row ?? -1] ?? "";
    setAttributes(this.#pointedName, this.#namePlace(row ?? 0));
  }

  #namePlace(row: number) {
    return { x: this.#x(row), y: this.#height - 5, "text-anchor": "middle" };
  }

  get #right(): number {
    return this.#width - LEAD;
  }

  /** From one row to the next. */
  get #step(): number {
    return (this.#right - LEFT) / Math.max(1, this.#rowNames.length - 1);
  }

  #x(row: number): number {
    return LEFT + row * this.#step;
  }

  #y(axis: Axis, value: number): number {
    return this.#height - BOTTOM - along(axis, value) * (this.#height - TOP - BOTTOM);
  }

  #rowAt({ clientX }: PointerEvent): number {
    const x = clientX - this.#plot.getBoundingClientRect().left;
    return clamp(Math.round((x - LEFT) / this.#step), 0, this.#rowNames.length - 1);
  }
}
