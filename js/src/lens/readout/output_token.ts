import type { LensFacts } from "../facts";

/** The prefix token whose last readout is the model's output; null where there is none:
 * the model takes the mean of several, or its opening lens is not the model's own. */
export function tokenOfOutput({
  opening,
  output,
  grid,
  layers,
}: Pick<LensFacts, "opening" | "output" | "grid" | "layers">): number | null {
  if (opening.lens !== "plain") return null;
  const { readings } = opening;
  const same = (token: number) =>
    output.every(
      ({ target, probability }, k) =>
        readings.top(layers - 1, token, k) === target &&
        Math.abs(readings.probability(layers - 1, token, k) - probability) < 1e-3,
    );
  const found = grid.prefixNames.findIndex((_, token) => same(token));
  return found < 0 || output.length > readings.tops ? null : found;
}
