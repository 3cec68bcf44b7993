import { describe, expect, it } from "vitest";
import { AttentionStore, type Quantised } from "../../src/core/attention";
import { randomNumbers } from "../random";

const SIZES = { layers: 3, heads: 2, tokens: 5 };

/** pattern[layer][head][query][key]: rows add up to 1. */
function randomPatterns(seed: number): number[][][][] {
  const random = randomNumbers(seed);
  const times = <T>(count: number, make: () => T) =>
    Array.from({ length: count }, make);
  return times(SIZES.layers, () =>
    times(SIZES.heads, () =>
      times(SIZES.tokens, () => {
        const row = times(SIZES.tokens, () => random() ** 4);
        const sum = row.reduce((total, weight) => total + weight);
        return row.map((weight) => Math.fround(weight / sum));
      }),
    ),
  );
}

/** The wire's definition: code = round(255 sqrt(a / m)), m the largest of the vector. */
function quantise(vectors: number[][]): Quantised {
  const scales = vectors.map((vector) => Math.max(...vector));
  const codes = vectors.flatMap((vector, index) =>
    vector.map((weight) => Math.round(255 * Math.sqrt(weight / (scales[index] ?? 1)))),
  );
  return { codes: Uint8Array.from(codes), scales: Float32Array.from(scales) };
}

const patterns = randomPatterns(7);
const at = (layer: number, head: number, query: number, key: number): number =>
  patterns[layer]?.[head]?.[query]?.[key] ?? Number.NaN;

/** The exact values that a query shows: [head][token]. */
function vectors(
  layer: number,
  query: number,
  direction: "row" | "column",
): number[][] {
  return Array.from({ length: SIZES.heads }, (_, head) =>
    Array.from({ length: SIZES.tokens }, (_, token) =>
      direction === "row"
        ? at(layer, head, query, token)
        : at(layer, head, token, query),
    ),
  );
}

function storeWithLayers(): AttentionStore {
  const store = new AttentionStore(SIZES);
  patterns.forEach((heads, layer) => {
    store.addLayer(layer, quantise(heads.flat()));
  });
  return store;
}

function expectClose(store: AttentionStore, direction: "row" | "column"): void {
  for (let layer = 0; layer < SIZES.layers; layer++) {
    for (let query = 0; query < SIZES.tokens; query++) {
      const out = new Float32Array(SIZES.heads * SIZES.tokens + 3).fill(-1);
      expect(store.read(layer, query, direction, out, 2)).toBe(true);
      expect([out[0], out[1], out.at(-1)]).toEqual([-1, -1, -1]);
      vectors(layer, query, direction).forEach((vector, head) => {
        vector.forEach((exact, token) => {
          const decoded = out[2 + head * SIZES.tokens + token] ?? Number.NaN;
          const error = store.error(layer, head, query, direction, token) ?? 0;
          expect(Math.abs(decoded - exact)).toBeLessThanOrEqual(error);
          const row = direction === "row" ? query : token;
          const most = Math.max(...(patterns[layer]?.[head]?.[row] ?? []));
          expect(error).toBeLessThan(0.004 * most);
        });
      });
    }
  }
}

describe("AttentionStore", () => {
  it("gives a query's row out of whole layers, within the error that it states", () => {
    expectClose(storeWithLayers(), "row");
  });

  it("gives a query's column, whose codes belong to a scale each", () => {
    expectClose(storeWithLayers(), "column");
  });

  it("decodes by the formula", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 2 });
    const codes = Uint8Array.from([255, 51, 102, 255]);
    store.addLayer(0, { codes, scales: Float32Array.from([0.5, 0.25]) });
    const out = new Float32Array(2);
    store.read(0, 0, "row", out, 0);
    expect([...out]).toEqual([0.5, Math.fround(0.5 * 0.04)]);
    store.read(0, 0, "column", out, 0);
    expect([...out]).toEqual([0.5, Math.fround(0.25 * 0.16)]);
  });

  it.each(["row", "column"] as const)(
    "knows only the query of a %s slab",
    (direction) => {
      const store = new AttentionStore(SIZES);
      const all = patterns.flatMap((_, layer) => vectors(layer, 3, direction));
      store.addRows(3, direction, quantise(all));
      const out = new Float32Array(SIZES.heads * SIZES.tokens);
      expect(store.read(1, 2, direction, out, 0)).toBe(false);
      const other = direction === "row" ? "column" : "row";
      expect(store.read(1, 3, other, out, 0)).toBe(false);
      expect(store.error(1, 0, 2, direction, 0)).toBeNull();
      for (let layer = 0; layer < SIZES.layers; layer++) {
        expect(store.read(layer, 3, direction, out, 0)).toBe(true);
        vectors(layer, 3, direction)
          .flat()
          .forEach((exact, index) => {
            const token = index % SIZES.tokens;
            const head = Math.floor(index / SIZES.tokens);
            const error = store.error(layer, head, 3, direction, token) ?? 0;
            expect(Math.abs((out[index] ?? 0) - exact)).toBeLessThanOrEqual(error);
          });
      }
    },
  );

  it("takes a column slab with a scale for each of its codes", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 2 });
    const codes = Uint8Array.from([51, 255]);
    store.addRows(0, "column", { codes, scales: Float32Array.from([1, 0.5]) });
    const out = new Float32Array(2);
    store.read(0, 0, "column", out, 0);
    expect([...out]).toEqual([Math.fround(0.04), 0.5]);
  });

  it("keeps the opening slab and the newest ones, not every slab there ever was", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 100 });
    const slab = {
      codes: new Uint8Array(100),
      scales: new Float32Array(1),
    };
    for (let query = 0; query < 100; query++) store.addRows(query, "row", slab);
    expect(store.hasRows(0, "row")).toBe(true);
    expect(store.hasRows(99, "row")).toBe(true);
    expect(store.hasRows(1, "row")).toBe(false);
  });

  it("has the rows of every query once all layers are here", () => {
    const store = storeWithLayers();
    expect(store.hasRows(4, "column")).toBe(true);
  });

  it("refuses data of another model's size, and stays as it was", () => {
    const store = new AttentionStore(SIZES);
    const data = { codes: new Uint8Array(49), scales: new Float32Array(10) };
    expect(() => store.addLayer(0, data)).toThrow(
      "codes: 49 values came where 50 belong",
    );
    expect(() => store.addRows(0, "row", data)).toThrow("49 values");
    expect(store.hasLayer(0)).toBe(false);
  });
});
