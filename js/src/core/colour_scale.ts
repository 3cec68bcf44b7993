export type ScaleKind = "linear" | "log";

/** The values that get the two ends of the colours. */
export interface Range {
  low: number;
  high: number;
}

/** A log scale covers this many powers of ten below its high end. */
const LOG_DECADES = 3;

/** Where a value lies between the two ends of the colours, 0 to 1. */
export function position(value: number, range: Range, kind: ScaleKind): number {
  const { low, high } = range;
  if (!(high > low) || !(value > low)) return 0;
  const share = (value - low) / (high - low);
  const place = isLog(range, kind) ? 1 + Math.log10(share) / LOG_DECADES : share;
  return Math.min(1, Math.max(0, place));
}

/** Number of a value's colour in a table of 256. */
export function colourIndex(value: number, range: Range, kind: ScaleKind): number {
  return Math.round(255 * position(value, range, kind));
}

/** The colour numbers of `count` values from `from` on, written to `out` from `to` on. */
export function colourIndices(
  values: Float32Array,
  from: number,
  count: number,
  range: Range,
  kind: ScaleKind,
  out: Uint8Array,
  to: number,
): void {
  const { low, high } = range;
  if (!(high > low)) out.fill(0, to, to + count);
  else if (isLog(range, kind)) fillLog(values, from, count, high, out, to);
  else fillLinear(values, from, count, range, out, to);
}

interface Tick {
  /** 0 at the low end of the bar, 1 at its top. */
  at: number;
  value: number;
  /** Values below this tick have its colour too. */
  andBelow: boolean;
}

/** Labels of a colour bar. */
export function ticks(range: Range, kind: ScaleKind): Tick[] {
  const { low, high } = range;
  if (!isLog(range, kind)) {
    return [0, 0.5, 1].map((at) => ({
      at,
      value: low + at * (high - low),
      andBelow: false,
    }));
  }
  return Array.from({ length: LOG_DECADES + 1 }, (_, step) => ({
    at: step / LOG_DECADES,
    value: high * 10 ** (step - LOG_DECADES),
    andBelow: step === 0,
  }));
}

/** Signed values have no logarithm: they are always linear. */
function isLog(range: Range, kind: ScaleKind): boolean {
  return kind === "log" && range.low === 0;
}

function fillLinear(
  values: Float32Array,
  from: number,
  count: number,
  { low, high }: Range,
  out: Uint8Array,
  to: number,
): void {
  const step = 255 / (high - low);
  for (let at = 0; at < count; at++) {
    const place = ((values[from + at] as number) - low) * step + 0.5;
    out[to + at] = place >= 255 ? 255 : place > 0 ? place : 0; // storing cuts the rest
  }
}

/** Smallest share of the high end that has each colour; nothing is beyond the last. */
const COLOUR_STARTS = /* @__PURE__ */ Float64Array.from({ length: 257 }, (_, colour) =>
  colour < 256 ? 10 ** (LOG_DECADES * ((colour - 0.5) / 255 - 1)) : Infinity,
);

/** The colour at the low end of each bucket of a share's fourth root: even where colours
 * are narrowest, no bucket holds the start of more than one, and few hold any (so that
 * the processor guesses right). */
const BUCKETS = 8192;
const BUCKET_COLOURS = /* @__PURE__ */ bucketColours();

function bucketColours(): Uint8Array {
  return Uint8Array.from({ length: BUCKETS + 1 }, (_, bucket) =>
    colourIndex((bucket / BUCKETS) ** 4, { low: 0, high: 1 }, "log"),
  );
}

function fillLog(
  values: Float32Array,
  from: number,
  count: number,
  high: number,
  out: Uint8Array,
  to: number,
): void {
  for (let at = 0; at < count; at++) {
    // A logarithm for each value would cost more than all the rest of a frame.
    const share = (values[from + at] as number) / high;
    const root = Math.sqrt(Math.sqrt(share > 1 ? 1 : share));
    const colour = BUCKET_COLOURS[(root * BUCKETS) | 0] as number;
    const next = share >= (COLOUR_STARTS[colour + 1] as number);
    out[to + at] = next ? colour + 1 : colour;
  }
}
