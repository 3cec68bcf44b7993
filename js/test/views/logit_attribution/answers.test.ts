import { expect, it } from "vitest";
import type { NamedArray } from "../../../src/core/codec";
import {
  neuronsFrom,
  sourcesFrom,
  splitFrom,
} from "../../../src/views/logit_attribution/answers";

function array(name: string, ...values: number[]): NamedArray {
  const shape = [values.length];
  return { name, dtype: "float32", shape, values: Float32Array.from(values) };
}

it("reads a split, whose parent is the number itself", () => {
  const names = ["heads", "attention", "attention_bias", "mlp", "mlp_bias", "depth"];
  const arrays = names.map((name, index) => array(name, index));
  const outer = [{ name: "embedding", address: "embedding", value: 2 }];
  const result = {
    value: 7,
    sum: 6.5,
    residue: 0.5,
    frozen: ["the final norm"],
    whole: [],
    note: "",
    outer,
  };
  const split = splitFrom({ result, arrays });
  expect([split.parent, split.sum, split.residue]).toEqual([7, 6.5, 0.5]);
  const { heads, attention, attentionBias, mlp, mlpBias, depth } = split;
  const read = [heads, attention, attentionBias, mlp, mlpBias, depth].map(([n]) => n);
  expect(read).toEqual([0, 1, 2, 3, 4, 5]);
  expect(split.outer).toEqual(outer);
});

it("reads sources and neurons", () => {
  const sums = { sum: 1, parent: 2, residue: 1 };
  const sources = sourcesFrom({ result: sums, arrays: [array("values", 4, 5)] });
  expect(sources).toEqual({ ...sums, values: Float32Array.of(4, 5) });
  const arrays = [array("index", 9), array("values", 3)];
  const result = { ...sums, rest: 0.25, n_neurons: 64 };
  expect(neuronsFrom({ result, arrays })).toMatchObject({ rest: 0.25, count: 64 });
});

it("says that a saved page doesn't hold what it answers with nothing", () => {
  expect(() => sourcesFrom({ result: {}, arrays: [] })).toThrow("this saved page");
  const other = [array("other", 1)];
  expect(() => sourcesFrom({ result: {}, arrays: other })).toThrow("has no values");
});
