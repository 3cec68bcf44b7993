import { describe, expect, it } from "vitest";
import { AttentionStore, rowsKey } from "../../../../src/core/attention";
import { colourIndex } from "../../../../src/core/colour_scale";
import { PatchGrid } from "../../../../src/core/grid";
import { HeadValues } from "../../../../src/views/attention_head_tour/heads/head_values";

/** Two layers, two heads, one prefix token and four patches. The opening slab holds
 * squares of codes / 255, so chosen codes give chosen values. */
const SIZES = { layers: 2, heads: 2, tokens: 5 };
const GRID = new PatchGrid(2, 2, ["cls"]);
const CODES = [
  [255, 51, 102, 0, 0],
  [0, 204, 255, 153, 255],
  [51, 51, 51, 102, 0],
  [255, 0, 0, 0, 0],
];
const value = (code: number) => Math.fround((code / 255) ** 2);
const KEY = rowsKey([0], "row");

function readValues(): HeadValues {
  const store = new AttentionStore(SIZES);
  const codes = Uint8Array.from(CODES.flat());
  store.addRows(KEY, { codes, scales: new Float32Array(4).fill(1) });
  const values = new HeadValues(SIZES, GRID);
  values.read(store, [0], "row");
  return values;
}

/** The same codes between -1 and 1, 2 and 4, -3 and 0, 5 and 5. */
function readSigned(): HeadValues {
  const store = new AttentionStore(SIZES);
  const codes = Uint8Array.from(CODES.flat());
  const [lows, scales] = [Float32Array.of(-1, 2, -3, 5), Float32Array.of(2, 2, 3, 0)];
  store.addRows(KEY, { codes, scales, lows });
  const values = new HeadValues(SIZES, GRID);
  values.read(store, [0], "row");
  return values;
}

describe("HeadValues", () => {
  it("keeps each head's values at its place", () => {
    const values = readValues();
    expect(values.value(0, 1, 3)).toBe(value(153));
    expect(values.value(1, 0, 3)).toBe(value(102));
  });

  it("takes the brightest colour from patches, not from prefix tokens", () => {
    const values = readValues();
    expect(values.range(0, 0, "head")).toEqual({ low: 0, high: value(102) });
    expect(values.range(0, 1, "head")).toEqual({ low: 0, high: 1 });
    expect(values.range(1, 1, "head")).toEqual({ low: 0, high: 0 });
    expect(values.range(1, 0, "shared")).toEqual({ low: 0, high: 1 });
  });

  it("takes both ends of signed values from patches", () => {
    const values = readSigned();
    const between = (low: number, scale: number, least: number, most: number) => ({
      low: Math.fround(low + (scale * least) / 255),
      high: Math.fround(low + (scale * most) / 255),
    });
    expect(values.range(0, 0, "head")).toEqual(between(-1, 2, 0, 102));
    expect(values.range(0, 1, "head")).toEqual(between(2, 2, 153, 255));
    expect(values.range(1, 0, "head")).toEqual(between(-3, 3, 0, 102));
    expect(values.range(1, 1, "head")).toEqual({ low: 5, high: 5 });
    expect(values.range(0, 0, "shared")).toEqual({ low: -3, high: 5 });
  });

  it("names the strongest patch of a head", () => {
    const values = readValues();
    expect(values.strongest(0, 1)).toBe(2);
    expect(values.strongest(1, 0)).toBe(3);
    expect(readSigned().strongest(1, 0)).toBe(3);
  });

  it("knows layers that are not in the page", () => {
    const values = readValues();
    const store = new AttentionStore(SIZES);
    store.addLayer(1, { codes: new Uint8Array(50), scales: new Float32Array(10) });
    values.read(store, [2, 3], "column");
    expect([values.isPresent(0), values.isPresent(1)]).toEqual([false, true]);
    expect(values.range(0, 0, "shared")).toEqual({ low: 0, high: 0 });
    values.read(new AttentionStore(SIZES), [2], "row");
    expect(values.range(0, 0, "shared")).toEqual({ low: 0, high: 0 });
  });

  it("reads a single map a layer", () => {
    const store = new AttentionStore({ ...SIZES, heads: 1 });
    const codes = Uint8Array.from([255, 0, 51, 102, 0, 255, 0, 51, 204, 0]);
    store.addRows(KEY, { codes, scales: Float32Array.of(1, 1) });
    const values = new HeadValues({ ...SIZES, heads: 1 }, GRID);
    values.read(store, [0], "row");
    expect(values.strongest(1, 0)).toBe(3);
    expect(values.range(1, 0, "head").high).toBe(value(204));
  });

  it.each([
    ["linear", "head", readValues],
    ["log", "shared", readValues],
    ["linear", "shared", readSigned],
    ["log", "head", readSigned],
  ] as const)("colours patches row by row (%s, %s)", (scale, maximum, read) => {
    const values = read();
    const out = new Uint8Array(12).fill(9);
    values.colour(0, 1, { scale, maximum }, out, 1, 5);
    const range = values.range(0, 1, maximum);
    const [a, b, c, d] = [1, 2, 3, 4].map((token) =>
      colourIndex(values.value(0, 1, token), range, scale),
    );
    expect([...out]).toEqual([9, a, b, 9, 9, 9, c, d, 9, 9, 9, 9]);
  });
});
