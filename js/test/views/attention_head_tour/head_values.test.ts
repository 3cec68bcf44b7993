import { describe, expect, it } from "vitest";
import { AttentionStore } from "../../../src/core/attention";
import { PatchGrid } from "../../../src/core/grid";
import { HeadValues } from "../../../src/views/attention_head_tour/head_values";

/** Two layers, two heads, one prefix token and three patches. The opening slab holds
 * squares of codes / 255, so chosen codes give chosen values. */
const SIZES = { layers: 2, heads: 2, tokens: 4 };
const CODES = [
  [255, 51, 102, 0],
  [0, 204, 255, 153],
  [51, 51, 51, 102],
  [255, 0, 0, 0],
];
const value = (code: number) => Math.fround((code / 255) ** 2);

function readValues(): HeadValues {
  const store = new AttentionStore(SIZES);
  const codes = Uint8Array.from(CODES.flat());
  store.addRows(0, "row", { codes, scales: new Float32Array(4).fill(1) });
  const values = new HeadValues(SIZES, new PatchGrid(1, 3, ["cls"]));
  values.read(store, 0, "row");
  return values;
}

describe("HeadValues", () => {
  it("keeps each head's values at its place", () => {
    const values = readValues();
    expect(values.value(0, 1, 3)).toBeCloseTo(value(153), 6);
    expect(values.value(1, 0, 3)).toBeCloseTo(value(102), 6);
  });

  it("takes the brightest colour from patches, not from prefix tokens", () => {
    const values = readValues();
    expect(values.maximum(0, 0, "head")).toBeCloseTo(value(102), 6);
    expect(values.maximum(1, 1, "head")).toBe(0);
    expect(values.maximum(1, 0, "shared")).toBeCloseTo(1, 6);
  });

  it("names the strongest patch of a head", () => {
    const values = readValues();
    expect(values.strongest(0, 1)).toBe(2);
    expect(values.strongest(1, 0)).toBe(3);
  });

  it("knows layers that are not in the page", () => {
    const values = readValues();
    const store = new AttentionStore(SIZES);
    store.addLayer(1, { codes: new Uint8Array(32), scales: new Float32Array(8) });
    values.read(store, 2, "column");
    expect([values.isPresent(0), values.isPresent(1)]).toEqual([false, true]);
    expect(values.maximum(0, 0, "shared")).toBe(0);
  });
});
