type ScaleKind = "linear" | "log";

/** A log scale covers this many powers of ten below its maximum. */
const LOG_DECADES = 3;

/** Where a value lies between the two ends of the colours, 0 to 1. */
export function position(value: number, maximum: number, kind: ScaleKind): number {
  if (!(maximum > 0) || !(value > 0)) return 0;
  const share = value / maximum;
  const place = kind === "linear" ? share : 1 + Math.log10(share) / LOG_DECADES;
  return Math.min(1, Math.max(0, place));
}

/** Number of a value's colour in a table of 256. */
export function colourIndex(value: number, maximum: number, kind: ScaleKind): number {
  return Math.round(255 * position(value, maximum, kind));
}

interface Tick {
  /** 0 at the low end of the bar, 1 at its top. */
  at: number;
  value: number;
  /** Values below this tick have its colour too. */
  andBelow: boolean;
}

/** Labels of a colour bar. */
export function ticks(maximum: number, kind: ScaleKind): Tick[] {
  if (kind === "linear") {
    return [0, 0.5, 1].map((at) => ({ at, value: at * maximum, andBelow: false }));
  }
  return Array.from({ length: LOG_DECADES + 1 }, (_, step) => ({
    at: step / LOG_DECADES,
    value: maximum * 10 ** (step - LOG_DECADES),
    andBelow: step === 0,
  }));
}
