import type { Prediction } from "../patcher";
import { strongestIndices } from "../softmax";

/** The likeliest classes of two predictions, the likeliest of the second one first. */
export function classesShown(
  before: Prediction,
  now: Prediction,
  count: number,
): number[] {
  const likeliest = [before, now].flatMap(({ logits }) =>
    strongestIndices(logits, count),
  );
  const { logits } = now;
  return [...new Set(likeliest)].sort(
    (one, other) => (logits[other] as number) - (logits[one] as number) || one - other,
  );
}
