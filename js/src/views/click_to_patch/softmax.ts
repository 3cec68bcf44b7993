/** Probabilities of classes, in double precision. */
export function softmax(logits: ArrayLike<number>): Float64Array {
  const most = logits[strongestIndex(logits)] ?? 0;
  const shares = Float64Array.from(logits, (logit) => Math.exp(logit - most));
  const sum = shares.reduce((total, share) => total + share, 0);
  return shares.map((share) => share / sum);
}

/** The index of the largest value; of equal ones the first. */
export function strongestIndex(values: ArrayLike<number>): number {
  let best = 0;
  for (let index = 1; index < values.length; index++) {
    if ((values[index] as number) > (values[best] as number)) best = index;
  }
  return best;
}

/** The indices of the largest values, the largest first; equal ones in order. */
export function strongestIndices(values: ArrayLike<number>, count: number): number[] {
  const order = Array.from(values, (_, index) => index);
  order.sort((one, other) => (values[other] as number) - (values[one] as number));
  return order.slice(0, count);
}
