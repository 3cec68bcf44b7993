import { expect, it } from "vitest";
import {
  allParts,
  headsOf,
  inOrder,
  neuronParts,
  partsOf,
  sumOf,
} from "../../../src/views/logit_attribution/parts";
import { madeUpSplit } from "./made_up_split";

const addresses = (parts: readonly { address: string }[]) =>
  parts.map(({ address }) => address);

it("lists all parts by place, without biases that a layer lacks", () => {
  expect(addresses(allParts(madeUpSplit()))).toEqual([
    "embedding",
    "position",
    "L0.H0",
    "L0.H1",
    "L0.attention bias",
    "L0.MLP",
    "L1.H0",
    "L1.H1",
    "L1.MLP",
    "norm bias",
    "class bias",
  ]);
});

it("adds up to the number at every level", () => {
  const split = madeUpSplit();
  const all = allParts(split).reduce((sum, { value }) => sum + value, 0);
  expect(all).toBe(8.4375);
  const sums = [
    sumOf(split, { kind: "outside" }),
    sumOf(split, { kind: "layer", layer: 0 }),
    sumOf(split, { kind: "layer", layer: 1 }),
    sumOf(split, { kind: "attention", layer: 0 }),
  ];
  expect(sums).toEqual([
    { sum: 0.4375, parent: 0.4375, residue: 0 },
    { sum: -1.5, parent: -1.5, residue: 0 },
    { sum: 9.5, parent: 9.5, residue: 0 },
    { sum: -0.5, parent: -0.5, residue: 0 },
  ]);
});

it("says what is left over", () => {
  const depth = Float32Array.of(0.4375, -0.0625, -1.0625, 3.4375, 8.5);
  const { sum, parent, residue } = sumOf(madeUpSplit({ depth }), {
    kind: "layer",
    layer: 1,
  });
  expect([sum, parent, residue]).toEqual([9.5, 9.5625, 0.0625]);
});

it("takes heads that can't be told apart as one part", () => {
  const heads = Float32Array.of(1, -2, Number.NaN, Number.NaN);
  const split = madeUpSplit({ heads });
  expect(headsOf(split, 0)).toEqual(Float32Array.of(1, -2));
  expect(headsOf(split, 1)).toBeNull();
  const parts = partsOf(split, { kind: "attention", layer: 1 });
  expect(parts).toEqual([
    { address: "L1.attention", name: "L1.attention", value: 4.5 },
  ]);
  expect(sumOf(split, { kind: "layer", layer: 1 }).residue).toBe(0);
});

it("orders by size whatever the sign, several parts together last", () => {
  const neurons = {
    sum: 1,
    parent: 1,
    residue: 0,
    count: 100,
    index: Float32Array.of(99, 7),
    values: Float32Array.of(3, -2),
    rest: 40,
  };
  const parts = neuronParts(neurons, 5);
  expect(parts.map(({ name }) => name)).toEqual([
    "L5.MLP.n7",
    "L5.MLP.n99",
    "98 other neurons",
  ]);
  expect(inOrder(parts, "size").map(({ value }) => value)).toEqual([3, -2, 40]);
  expect(inOrder(parts, "place")).toEqual(parts);
});

it.each(["size", "place"] as const)("lists the 100 strongest by %s", (order) => {
  const parts = Array.from({ length: 130 }, (_, at) => {
    const value = (at % 2 === 0 ? 1 : -1) * (at + 1);
    return { address: `p${at}`, name: `p${at}`, value };
  });
  const listed = inOrder(parts, order);
  const places = Array.from({ length: 100 }, (_, at) => `p${30 + at}`);
  const ordered = order === "size" ? places.reverse() : places;
  expect(addresses(listed)).toEqual([...ordered, ""]);
  expect(listed.at(-1)).toMatchObject({ name: "30 weaker parts", value: -15 });
});

it("has no rest where every neuron is listed", () => {
  const [index, values] = [Float32Array.of(0), Float32Array.of(2)];
  const neurons = { sum: 2, parent: 2, residue: 0, count: 1, index, values, rest: 0 };
  expect(neuronParts(neurons, 0)).toHaveLength(1);
});
