import type { Weights } from "../packed/weights";

/** Layer norm with a scale and a shift for each channel (Ba et al., 2016). */
export class Norm {
  readonly #scale: Float32Array;
  readonly #shift: Float32Array;
  readonly #epsilon: number;

  constructor(weights: Weights, name: string, width: number, epsilon: number) {
    this.#scale = weights.get(`${name}.weight`, width);
    this.#shift = weights.get(`${name}.bias`, width);
    this.#epsilon = epsilon;
  }

  /** Each row on its own. */
  apply(rows: Float32Array): Float32Array {
    const width = this.#scale.length;
    const out = new Float32Array(rows.length);
    for (let start = 0; start < rows.length; start += width) {
      const mean = meanOf(rows, start, width);
      const variance = varianceOf(rows, start, width, mean);
      const factor = 1 / Math.sqrt(variance + this.#epsilon);
      for (let at = 0; at < width; at++) {
        const normal = ((rows[start + at] as number) - mean) * factor;
        out[start + at] =
          normal * (this.#scale[at] as number) + (this.#shift[at] as number);
      }
    }
    return out;
  }
}

function meanOf(values: Float32Array, start: number, width: number): number {
  let sum = 0;
  for (let at = start; at < start + width; at++) sum += values[at] as number;
  return sum / width;
}

function varianceOf(
  values: Float32Array,
  start: number,
  width: number,
  mean: number,
): number {
  let sum = 0;
  for (let at = start; at < start + width; at++) {
    sum += ((values[at] as number) - mean) ** 2;
  }
  return sum / width;
}
