import { expect, it } from "vitest";
import {
  addressOf,
  type Level,
  levelOf,
  pathTo,
} from "../../../src/views/logit_attribution/address";

const MODEL = { layers: 12, heads: 3 };

it.each<[string, Level]>([
  ["", { kind: "all" }],
  ["embedding", { kind: "outside" }],
  ["class bias", { kind: "outside" }],
  ["L11", { kind: "layer", layer: 11 }],
  ["L3.attention", { kind: "attention", layer: 3 }],
  ["L3.attention bias", { kind: "attention", layer: 3 }],
  ["L3.H2", { kind: "head", layer: 3, head: 2 }],
  ["L0.MLP", { kind: "mlp", layer: 0 }],
  ["L0.MLP.n120", { kind: "mlp", layer: 0 }],
  ["L0.MLP bias", { kind: "layer", layer: 0 }],
])("%j opens its level", (address, level) => {
  expect(levelOf(address, MODEL)).toEqual(level);
});

it.each([
  ["L12", "L12 doesn't exist: this model has layer 0 to layer 11"],
  ["L12.MLP", "layer 0 to layer 11"],
  ["L0.H3", "L0.H3 doesn't exist: this model has head 0 to head 2"],
])("%s is not on this model", (address, message) => {
  expect(() => levelOf(address, MODEL)).toThrow(message);
});

it("leads from all parts to a head, each step a level of its own", () => {
  const path = pathTo({ kind: "head", layer: 3, head: 2 }).map(addressOf);
  expect(path).toEqual(["", "L3", "L3.attention", "L3.H2"]);
  expect(pathTo({ kind: "mlp", layer: 1 }).map(addressOf)).toEqual([
    "",
    "L1",
    "L1.MLP",
  ]);
  expect(pathTo({ kind: "outside" }).map(addressOf)).toEqual(["", "embedding"]);
});

it("opens each level by its own address", () => {
  for (const address of ["", "embedding", "L3", "L3.attention", "L3.H2", "L3.MLP"]) {
    expect(addressOf(levelOf(address, MODEL))).toBe(address);
  }
});
