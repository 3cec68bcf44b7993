import { columnsOf, matrixOf, transposed } from "../matrices/matrix";
import type { Products } from "../matrices/products";

/** What each head takes from all tokens, [query, head x d_head].
 *
 * @param q of the tokens that attend, [query, head x d_head]
 * @param k, v of all tokens, [token, head x d_head]
 */
export function attend(
  products: Products,
  q: Float32Array,
  k: Float32Array,
  v: Float32Array,
  heads: number,
  width: number,
): Float32Array {
  const [queries, tokens, headWidth] = [
    q.length / width,
    k.length / width,
    width / heads,
  ];
  const z = new Float32Array(q.length);
  for (let first = 0; first < width; first += headWidth) {
    const ofHead = (values: Float32Array, rows: number) =>
      columnsOf(matrixOf(values, rows, width), first, headWidth);
    const keys = transposed(ofHead(k, tokens));
    const scores = products.times(ofHead(q, queries), keys);
    softmax(scores, tokens, 1 / Math.sqrt(headWidth));
    const pattern = matrixOf(scores, queries, tokens);
    const mixed = products.times(pattern, ofHead(v, tokens));
    for (let query = 0; query < queries; query++) {
      const from = query * headWidth;
      z.set(mixed.subarray(from, from + headWidth), query * width + first);
    }
  }
  return z;
}

/** The softmax of each row times a factor, in place. */
function softmax(values: Float32Array, width: number, factor: number): void {
  const shares = new Float64Array(width);
  for (let start = 0; start < values.length; start += width) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < width; at++) {
      largest = Math.max(largest, values[start + at] as number);
    }
    let sum = 0;
    for (let at = 0; at < width; at++) {
      const share = Math.exp(factor * ((values[start + at] as number) - largest));
      shares[at] = share;
      sum += share;
    }
    for (let at = 0; at < width; at++) {
      values[start + at] = (shares[at] as number) / sum;
    }
  }
}
