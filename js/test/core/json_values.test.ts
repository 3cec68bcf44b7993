import { describe, expect, it } from "vitest";
import { jsonKey, sameJson } from "../../src/core/json_values";

const VALUES = [
  null,
  false,
  0,
  1,
  "",
  "1",
  [],
  [0],
  [[0]],
  [0, 1],
  [1, 0],
  {},
  { "0": 0 },
  { a: 1 },
  { b: 1 },
  { a: 1, b: undefined },
  { a: 1, b: [2] },
  { a: { b: 1 } },
];

describe("sameJson", () => {
  it("tells every two of these apart, and knows each again", () => {
    VALUES.forEach((one, at) => {
      VALUES.forEach((other, beside) => {
        const copy = structuredClone(other);
        expect(sameJson(one, copy), JSON.stringify([one, other])).toBe(at === beside);
      });
    });
  });

  it("doesn't mind the order of names", () => {
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
  });
});

it.each([
  [{ a: 1, b: [{ c: null, d: "x" }] }, { b: [{ d: "x", c: null }], a: 1 }, true],
  [{ a: [1, 2] }, { a: [2, 1] }, false],
  [{ a: 1 }, { a: "1" }, false],
  [{ a: 1 }, { a: 1, b: 2 }, false],
])("has one key for what is alike: %j and %j", (one, other, alike) => {
  expect(jsonKey(one) === jsonKey(other)).toBe(alike);
  expect(sameJson(one, other)).toBe(alike);
});
