import type { LiveConfig } from "../config";
import type { Products } from "../matrices/products";
import type { Weights } from "../packed/weights";
import type { Visit } from "../run";
import { attend } from "./attention";
import { gelu } from "./gelu";
import { Linear } from "./linear";
import { Norm } from "./norm";

/** One block: attention, then an MLP, each added to the stream. */
export class Block {
  readonly #products: Products;
  readonly #heads: number;
  readonly #width: number;
  readonly #norms: readonly [Norm, Norm];
  readonly #q: Linear;
  readonly #k: Linear;
  readonly #v: Linear;
  readonly #out: Linear;
  readonly #up: Linear;
  readonly #down: Linear;
  readonly #scales: readonly [Float32Array | null, Float32Array | null];

  constructor(products: Products, weights: Weights, config: LiveConfig, layer: number) {
    const { d_model, d_mlp, epsilon } = config;
    const name = `blocks.${layer}`;
    const linear = (part: string, inputs = d_model, outputs = d_model) =>
      new Linear(products, weights, `${name}.${part}`, [inputs, outputs]);
    const norm = (part: string) =>
      new Norm(weights, `${name}.${part}`, d_model, epsilon);
    const scale = (part: string) =>
      config.layer_scale ? weights.get(`${name}.${part}`, d_model) : null;
    this.#products = products;
    this.#heads = config.n_heads;
    this.#width = d_model;
    this.#norms = [norm("norm1"), norm("norm2")];
    this.#q = linear("q");
    this.#k = linear("k");
    this.#v = linear("v");
    this.#out = linear("out");
    this.#up = linear("up", d_model, d_mlp);
    this.#down = linear("down", d_mlp, d_model);
    this.#scales = [scale("scale1"), scale("scale2")];
  }

  /** Give the stream after the block.
   *
   * @param stream before it, [token, d_model]; a visit may change it
   * @param wanted after how many of the first tokens nobody asks: keys and values are
   *   of all tokens, everything after them of these alone
   * @param visit sees each value before it is used, and may change it in place
   */
  run(stream: Float32Array, wanted: number, visit: Visit): Float32Array {
    visit("resid_pre", stream);
    const end = wanted * this.#width;
    const attnOut = this.#attention(this.#norms[0].apply(stream), end, visit);
    const middle = sum(stream.subarray(0, end), attnOut);
    visit("resid_mid", middle);
    const hidden = this.#up.apply(this.#norms[1].apply(middle));
    gelu(hidden);
    const mlpOut = this.#down.apply(hidden);
    multiply(mlpOut, this.#scales[1]);
    visit("mlp_out", mlpOut);
    const after = sum(middle, mlpOut);
    visit("resid_post", after);
    return after;
  }

  #attention(normal: Float32Array, end: number, visit: Visit): Float32Array {
    const q = this.#q.apply(normal.subarray(0, end));
    const k = this.#k.apply(normal);
    const v = this.#v.apply(normal);
    visit("q", q);
    visit("k", k);
    visit("v", v);
    const z = attend(this.#products, q, k, v, this.#heads, this.#width);
    visit("z", z);
    const out = this.#out.apply(z);
    multiply(out, this.#scales[0]);
    visit("attn_out", out);
    return out;
  }
}

function sum(one: Float32Array, other: Float32Array): Float32Array {
  const total = new Float32Array(one.length);
  for (let at = 0; at < one.length; at++) {
    total[at] = (one[at] as number) + (other[at] as number);
  }
  return total;
}

/** Multiply each row by a scale for each channel, in place. */
function multiply(rows: Float32Array, scale: Float32Array | null): void {
  if (!scale) return;
  for (let at = 0; at < rows.length; at++) {
    rows[at] = (rows[at] as number) * (scale[at % scale.length] as number);
  }
}
