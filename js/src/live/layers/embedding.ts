import { COLOURS, gridOf, type LiveConfig } from "../config";
import type { Products } from "../matrices/products";
import type { Weights } from "../packed/weights";
import { Linear } from "./linear";

/** Pixels to tokens: prefix tokens first, then patches row by row. */
export class Embedding {
  readonly #config: LiveConfig;
  readonly #linear: Linear;
  readonly #prefix: Float32Array;
  readonly #positions: Float32Array;

  constructor(products: Products, weights: Weights, config: LiveConfig) {
    const { d_model, patch_size } = config;
    const { prefix, patches } = gridOf(config);
    const inputs = COLOURS * patch_size[0] * patch_size[1];
    this.#config = config;
    this.#linear = new Linear(products, weights, "patches", [inputs, d_model]);
    this.#prefix = weights.get("prefix", prefix, d_model);
    this.#positions = weights.get("positions", patches, d_model);
  }

  /** @param pixels [colour, height, width], as the model takes them */
  apply(pixels: Float32Array): Float32Array {
    const patches = this.#linear.apply(this.#patches(pixels));
    const tokens = new Float32Array(this.#prefix.length + patches.length);
    tokens.set(this.#prefix);
    for (let at = 0; at < patches.length; at++) {
      const position = this.#positions[at] as number;
      tokens[this.#prefix.length + at] = (patches[at] as number) + position;
    }
    return tokens;
  }

  /** The pixels of each patch, [patch, colour x height x width]. */
  #patches(pixels: Float32Array): Float32Array {
    const [height, width] = this.#config.image_size;
    const [patchHeight, patchWidth] = this.#config.patch_size;
    const rows = new Float32Array(pixels.length);
    let to = 0;
    for (let top = 0; top < height; top += patchHeight) {
      for (let left = 0; left < width; left += patchWidth) {
        for (let colour = 0; colour < COLOURS; colour++) {
          for (let y = top; y < top + patchHeight; y++) {
            const from = (colour * height + y) * width + left;
            rows.set(pixels.subarray(from, from + patchWidth), to);
            to += patchWidth;
          }
        }
      }
    }
    return rows;
  }
}
