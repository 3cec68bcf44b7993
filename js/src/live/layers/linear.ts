import { matrixOf, transposed } from "../matrices/matrix";
import type { Factor, Products } from "../matrices/products";
import type { Weights } from "../packed/weights";

/** x Wᵀ + b, as PyTorch's Linear has it. */
export class Linear {
  readonly #products: Products;
  readonly #factor: Factor;

  constructor(
    products: Products,
    weights: Weights,
    name: string,
    [inputs, outputs]: readonly [inputs: number, outputs: number],
  ) {
    const weight = weights.get(`${name}.weight`, outputs, inputs);
    const bias = weights.get(`${name}.bias`, outputs);
    this.#products = products;
    this.#factor = products.keep(transposed(matrixOf(weight, outputs, inputs)), bias);
  }

  /** Each row on its own. */
  apply(rows: Float32Array): Float32Array {
    const { depth } = this.#factor;
    const left = matrixOf(rows, rows.length / depth, depth);
    return this.#products.timesKept(left, this.#factor);
  }
}
