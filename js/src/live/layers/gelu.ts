import { erf } from "./erf";

/** x Φ(x), the exact GELU (Hendrycks and Gimpel, 2016), in place. */
export function gelu(values: Float32Array): void {
  for (let at = 0; at < values.length; at++) {
    const x = values[at] as number;
    values[at] = 0.5 * x * (1 + erf(x * Math.SQRT1_2));
  }
}
