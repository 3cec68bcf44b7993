import {
  barPath,
  barsPath,
  type CurveLayout,
  layOutCurve,
  linePath,
  MARGIN,
  type Room,
} from "./curve_layout";

const SVG = "http://www.w3.org/2000/svg";

/** The drawing of the curve: bars up and down, the sum as a line, an axis. */
export class DepthCurve {
  readonly root = make("svg", { class: "vw-curve", "aria-hidden": "true" });
  readonly #axis = make("g", { class: "vw-curve-axis" });
  readonly #zero = make("path", { class: "vw-curve-zero" });
  readonly #start = make("path", { class: "vw-curve-start" });
  readonly #up = make("path", { class: "vw-curve-up" });
  readonly #down = make("path", { class: "vw-curve-down" });
  readonly #line = make("path", { class: "vw-curve-line" });
  readonly #dot = make("circle", { class: "vw-curve-dot", r: "4" });
  #layout: CurveLayout | null = null;

  constructor() {
    this.root.append(
      this.#axis,
      this.#start,
      this.#up,
      this.#down,
      this.#zero,
      this.#line,
      this.#dot,
    );
  }

  /** Draw the sums after the embedding, each attention and each MLP. */
  draw(depth: Float32Array, room: Room, unit: string): CurveLayout {
    const layout = layOutCurve(depth, room);
    const { columns, zero } = layout;
    this.#layout = layout;
    this.root.setAttribute("viewBox", `0 0 ${room.width} ${room.height}`);
    const [start] = columns;
    this.#start.setAttribute("d", start ? barPath(start) : "");
    this.#up.setAttribute("d", barsPath(columns, "up"));
    this.#down.setAttribute("d", barsPath(columns, "down"));
    this.#line.setAttribute("d", linePath(columns));
    const right = room.width - MARGIN.right;
    this.#zero.setAttribute("d", `M${MARGIN.left} ${zero}H${right}`);
    this.#axis.replaceChildren(...axis(layout, room, unit));
    this.point(null);
    return layout;
  }

  /** Mark a step, or the end. */
  point(index: number | null): void {
    const columns = this.#layout?.columns ?? [];
    const column = columns[index ?? columns.length - 1];
    if (!column) return;
    this.#dot.setAttribute("cx", String((column.left + column.right) / 2));
    this.#dot.setAttribute("cy", String(column.to));
  }
}

function axis(layout: CurveLayout, { width, height }: Room, unit: string): Node[] {
  const { ticks, labels } = layout;
  const lines = ticks.map(({ y }) => `M${MARGIN.left} ${y}H${width - MARGIN.right}`);
  const numbers = ticks.map(({ value, y }) => {
    const attributes = { x: `${MARGIN.left - 6}`, y: `${y + 4}`, "text-anchor": "end" };
    return label(String(value).replace("-", "−"), attributes);
  });
  const layers = labels.map(({ layer, x }) =>
    label(`L${layer}`, { x: `${x}`, y: `${height - 5}`, "text-anchor": "middle" }),
  );
  const name = label(unit, {
    x: `${MARGIN.left - 6}`,
    y: `${height - 5}`,
    "text-anchor": "end",
  });
  return [make("path", { d: lines.join("") }), ...numbers, ...layers, name];
}

function label(text: string, attributes: Record<string, string>): SVGElement {
  const made = make("text", attributes);
  made.textContent = text;
  return made;
}

function make<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Record<string, string>,
): SVGElementTagNameMap[K] {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes))
    made.setAttribute(name, value);
  return made;
}
