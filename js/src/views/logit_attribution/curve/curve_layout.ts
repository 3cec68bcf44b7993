import { along, axisFor } from "../../../core/axis";

/** Room in CSS pixels. */
export interface Room {
  width: number;
  height: number;
}

/** Around the plot: numbers on the left, layers beneath. */
export const MARGIN = { left: 46, right: 8, top: 8, bottom: 20 } as const;
/** A column narrower than this leaves no gap to the next. */
const GAPLESS = 5;
/** Room for the number of a layer. */
const LABEL_WIDTH = 26;

/** From the sum before a step to that after it. */
export interface Column {
  left: number;
  right: number;
  from: number;
  to: number;
  value: number;
}

export interface CurveLayout {
  /** Of one step, gaps included. */
  step: number;
  columns: Column[];
  /** The height of 0. */
  zero: number;
  ticks: { value: number; y: number }[];
  /** Every so many layers has its number. */
  labels: { layer: number; x: number }[];
}

/** Where the curve of a number through the model lies.
 *
 * @param depth the sum after the embedding, and after each attention and each MLP
 */
export function layOutCurve(
  depth: ArrayLike<number>,
  { width, height }: Room,
): CurveLayout {
  const values = Array.from(depth);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const range = { low, high: high > low ? high : 1 };
  const across = Math.max(1, width - MARGIN.left - MARGIN.right);
  const down = Math.max(1, height - MARGIN.top - MARGIN.bottom);
  const y = (value: number) => MARGIN.top + (1 - along(range, value)) * down;
  const step = across / values.length;
  const gap = step > GAPLESS ? 1 : 0;
  const columns = values.map((after, index): Column => {
    const before = values[index - 1] ?? 0;
    const left = MARGIN.left + index * step;
    return {
      left: left + gap,
      right: left + step - gap,
      from: y(before),
      to: y(after),
      value: after - before,
    };
  });
  const layers = (values.length - 1) / 2;
  const every = Math.max(1, Math.ceil(LABEL_WIDTH / (2 * step)));
  const labels = Array.from({ length: Math.ceil(layers / every) }, (_, at) => {
    const layer = at * every;
    return { layer, x: MARGIN.left + (2 * layer + 2) * step };
  });
  const ticks = axisFor([range.low, range.high], 5)
    .ticks.filter((value) => value >= range.low && value <= range.high)
    .map((value) => ({ value, y: y(value) }));
  return { step, columns, zero: y(0), ticks, labels };
}

/** Bars from the sum before each step to that after it, as a path: those up, or those
 * down; the first, which is no step, in neither. */
export function barsPath(columns: readonly Column[], way: "up" | "down"): string {
  return columns
    .slice(1)
    .filter(({ value }) => (way === "up" ? value > 0 : value < 0))
    .map(barPath)
    .join("");
}

export function barPath({ left, right, from, to }: Column): string {
  return `M${at(left)} ${at(from)}H${at(right)}V${at(to)}H${at(left)}Z`;
}

/** The sum itself: level at each step, and up or down to the next. */
export function linePath(columns: readonly Column[]): string {
  return columns
    .map(({ left, right, to }, index) => {
      const start = index === 0 ? `M${at(left)} ${at(to)}` : `L${at(left)} ${at(to)}`;
      return `${start}H${at(right)}`;
    })
    .join("");
}

function at(length: number): string {
  return length.toFixed(1);
}
