/** An axis that ends at round numbers. */
export interface Axis {
  low: number;
  high: number;
  /** From `low` to `high`. */
  ticks: number[];
}

const ROUND = [1, 2, 5, 10];

/** The shortest axis with about `count` steps of a round size that holds some values.
 *
 * @param values those that are not finite are passed over
 */
export function axisFor(values: Iterable<number>, count = 4): Axis {
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    lowest = Math.min(lowest, value);
    highest = Math.max(highest, value);
  }
  if (lowest > highest) [lowest, highest] = [0, 1];
  if (lowest === highest) highest = lowest + 1;
  const step = roundStep((highest - lowest) / count);
  const [first, last] = [Math.floor(lowest / step), Math.ceil(highest / step)];
  const ticks = Array.from({ length: last - first + 1 }, (_, at) =>
    tidy((first + at) * step),
  );
  return { low: ticks[0] as number, high: ticks.at(-1) as number, ticks };
}

/** A share from 0 to 1 of the way from the low end to the high one. */
export function along({ low, high }: Axis, value: number): number {
  return (value - low) / (high - low);
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  const round = ROUND.find((each) => each * power >= least * (1 - 1e-9));
  return (round ?? 10) * power;
}

/** 0.3 rather than 0.30000000000000004. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}
