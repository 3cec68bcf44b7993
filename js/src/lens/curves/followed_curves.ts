import { classEmoji, className } from "../../core/classes/class_facts";
import type { Lens } from "../lens";

export type Measure = "probability" | "logit";

/** A class of one token through all layers. */
export interface Followed {
  target: number;
  name: string;
  emoji: string;
  /** One a row: the embedding, then each layer. */
  values: Float32Array;
  /** It is the class that is shown, or the one that it is compared with. */
  isChosen: boolean;
}

type Known = Pick<Lens, "facts" | "readings" | "settings" | "classMap">;

/** The classes that are followed of a token, and those that a person chose once their
 * maps have come. */
export function followedCurves(
  lens: Known,
  token: number,
  measure: Measure,
): Followed[] {
  const { facts, readings, settings } = lens;
  const chosen = [settings.get("target"), settings.get("versus")];
  const followed = readings.followed(token);
  const curves = followed.map((target, k) =>
    curveOf(lens, token, measure, target, (layer) =>
      readings.followedLogit(layer, token, k),
    ),
  );
  for (const target of new Set(chosen)) {
    const map = target < 0 || followed.includes(target) ? null : lens.classMap(target);
    if (!map) continue;
    const logit = (layer: number) => map.logit(layer, token);
    curves.push(curveOf(lens, token, measure, target, logit));
  }
  return curves.map(({ target, values }) => ({
    target,
    values,
    name: className(facts.classes, target),
    emoji: classEmoji(facts.classes, target),
    isChosen: chosen.includes(target),
  }));
}

function curveOf(
  { facts, readings }: Known,
  token: number,
  measure: Measure,
  target: number,
  logit: (layer: number) => number,
): { target: number; values: Float32Array } {
  const values = Float32Array.from({ length: facts.sizes.rows }, (_, row) => {
    const value = logit(row - 1);
    return measure === "logit" ? value : readings.probabilityOf(row - 1, token, value);
  });
  return { target, values };
}
