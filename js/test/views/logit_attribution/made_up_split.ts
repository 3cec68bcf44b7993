import type { Split } from "../../../src/views/logit_attribution/answers";

const OUTER = {
  embedding: 0.5,
  position: -0.25,
  "norm bias": 0.125,
  "class bias": 0.0625,
};

/** A split of two layers of two heads whose numbers add up exactly in binary. */
export function madeUpSplit(changes: Partial<Split> = {}): Split {
  const outer = Object.entries(OUTER).map(([address, value]) => ({
    name: address,
    address,
    value,
  }));
  return {
    sum: 8.4375,
    parent: 8.4375,
    residue: 0,
    frozen: ["the final norm"],
    whole: [],
    note: "",
    outer,
    heads: Float32Array.of(1, -2, 4, 0.5),
    attention: Float32Array.of(-0.5, 4.5),
    attentionBias: Float32Array.of(0.5, 0),
    mlp: Float32Array.of(-1, 5),
    mlpBias: Float32Array.of(0, 0),
    depth: Float32Array.of(0.4375, -0.0625, -1.0625, 3.4375, 8.4375),
    ...changes,
  };
}
