import { describe, expect, it } from "vitest";
import {
  AttentionStore,
  type Direction,
  type Quantised,
  quantisedFrom,
  rowsKey,
} from "../../src/core/attention";
import type { NamedArray } from "../../src/core/codec";
import { randomNumbers } from "../random";

const SIZES = { layers: 3, heads: 2, tokens: 5 };

/** values[layer][head][query][key] */
type Values = number[][][][];

function times<T>(count: number, make: () => T): T[] {
  return Array.from({ length: count }, make);
}

function randomValues(seed: number, row: (random: () => number) => number[]): Values {
  const random = randomNumbers(seed);
  return times(SIZES.layers, () =>
    times(SIZES.heads, () => times(SIZES.tokens, () => row(random))),
  );
}

/** Rows add up to 1. */
const weights = randomValues(7, (random) => {
  const row = times(SIZES.tokens, () => random() ** 4);
  const sum = row.reduce((total, weight) => total + weight);
  return row.map((weight) => Math.fround(weight / sum));
});

/** Rows far above zero, around it, and far below. */
const scores = randomValues(8, (random) => {
  const middle = 20 * (random() - 0.5);
  return times(SIZES.tokens, () => Math.fround(middle + 3 * random()));
});

/** The wire's definition: code = round(255 sqrt(a / m)), m the largest of the vector. */
function quantiseWeights(vectors: number[][]): Quantised {
  const scales = vectors.map((vector) => Math.max(...vector));
  const codes = vectors.flatMap((vector, index) =>
    vector.map((weight) => Math.round(255 * Math.sqrt(weight / (scales[index] ?? 1)))),
  );
  return { codes: Uint8Array.from(codes), scales: Float32Array.from(scales) };
}

/** The wire's definition: code = round(255 (a - low) / (high - low)) of the vector. */
function quantiseScores(vectors: number[][]): Quantised {
  const lows = vectors.map((vector) => Math.min(...vector));
  const scales = vectors.map((vector, row) => Math.max(...vector) - (lows[row] ?? 0));
  const codes = vectors.flatMap((vector, row) =>
    vector.map((value) =>
      Math.round((255 * (value - (lows[row] ?? 0))) / (scales[row] ?? 1)),
    ),
  );
  return {
    codes: Uint8Array.from(codes),
    scales: Float32Array.from(scales),
    lows: Float32Array.from(lows),
  };
}

const KINDS = {
  weights: { values: weights, quantise: quantiseWeights },
  scores: { values: scores, quantise: quantiseScores },
};
type Kind = (typeof KINDS)[keyof typeof KINDS];

/** The exact values that queries show: [head][token]. */
function vectors(
  values: Values,
  layer: number,
  queries: readonly number[],
  direction: Direction,
): number[][] {
  return times(SIZES.heads, () => SIZES.tokens).map((tokens, head) =>
    Array.from({ length: tokens }, (_, token) => {
      const matrix = values[layer]?.[head] ?? [];
      const all = queries.map((query) =>
        direction === "row" ? matrix[query]?.[token] : matrix[token]?.[query],
      );
      return (
        all.reduce<number>((sum, one) => sum + (one ?? Number.NaN), 0) / all.length
      );
    }),
  );
}

function storeWithLayers({ values, quantise }: Kind): AttentionStore {
  const store = new AttentionStore(SIZES);
  values.forEach((heads, layer) => {
    store.addLayer(layer, quantise(heads.flat()));
  });
  return store;
}

/** All that a store reads is right within the error it states, and that is small. */
function expectClose(
  store: AttentionStore,
  values: Values,
  queries: readonly number[],
  direction: Direction,
): void {
  const everything = values.flat(3);
  const span = Math.max(...everything) - Math.min(0, ...everything);
  for (let layer = 0; layer < SIZES.layers; layer++) {
    const out = new Float32Array(SIZES.heads * SIZES.tokens + 3).fill(-100);
    expect(store.read(layer, queries, direction, out, 2)).toBe(true);
    expect([out[0], out[1], out.at(-1)]).toEqual([-100, -100, -100]);
    vectors(values, layer, queries, direction).forEach((vector, head) => {
      vector.forEach((exact, token) => {
        const decoded = out[2 + head * SIZES.tokens + token] ?? Number.NaN;
        const error = store.error(layer, head, queries, direction, token) ?? 0;
        expect(Math.abs(decoded - exact)).toBeLessThanOrEqual(error);
        expect(error).toBeLessThan(0.004 * span);
      });
    });
  }
}

const CASES = (["weights", "scores"] as const).flatMap((kind) =>
  (["row", "column"] as const).map((direction) => [kind, direction] as const),
);

describe.each(CASES)("AttentionStore with %s, by %s", (name, direction) => {
  const kind = KINDS[name];

  it("gives every query out of whole layers, within the error that it states", () => {
    const store = storeWithLayers(kind);
    for (let query = 0; query < SIZES.tokens; query++) {
      expectClose(store, kind.values, [query], direction);
    }
  });

  it("gives the mean over the queries of a region", () => {
    const store = storeWithLayers(kind);
    expectClose(store, kind.values, [1, 2, 4], direction);
    expectClose(store, kind.values, [0, 1, 2, 3, 4], direction);
  });

  it.each([[[3]], [[1, 3, 4]]])("knows of slabs only the one of %j", (queries) => {
    const store = new AttentionStore(SIZES);
    const all = kind.values.flatMap((_, layer) =>
      vectors(kind.values, layer, queries, direction),
    );
    store.addRows(rowsKey(queries, direction), kind.quantise(all));
    expectClose(store, kind.values, queries, direction);
    const out = new Float32Array(SIZES.heads * SIZES.tokens);
    const other = direction === "row" ? "column" : "row";
    expect(store.read(1, [2], direction, out, 0)).toBe(false);
    expect(store.read(1, queries, other, out, 0)).toBe(false);
    expect(store.error(1, 0, [2], direction, 0)).toBeNull();
  });
});

describe("AttentionStore", () => {
  it("decodes weights by the formula", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 2 });
    const codes = Uint8Array.from([255, 51, 102, 255]);
    store.addLayer(0, { codes, scales: Float32Array.from([0.5, 0.25]) });
    const out = new Float32Array(2);
    store.read(0, [0], "row", out, 0);
    expect([...out]).toEqual([0.5, Math.fround(0.5 * 0.04)]);
    store.read(0, [0], "column", out, 0);
    expect([...out]).toEqual([0.5, Math.fround(0.25 * 0.16)]);
    store.read(0, [0, 1], "row", out, 0);
    expect([...out]).toEqual([0.27, 0.135].map(Math.fround));
    expect(store.signed).toBe(false);
  });

  it("decodes signed values by the formula", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 2 });
    const codes = Uint8Array.from([255, 51, 102, 255]);
    const [scales, lows] = [Float32Array.of(0.5, 4), Float32Array.of(-2, 1)];
    store.addLayer(0, { codes, scales, lows });
    const out = new Float32Array(2);
    store.read(0, [0], "row", out, 0);
    expect([...out]).toEqual([-1.5, Math.fround(-2 + 0.5 * 0.2)]);
    store.read(0, [0], "column", out, 0);
    expect([...out]).toEqual([-1.5, Math.fround(1 + 4 * 0.4)]);
    store.read(0, [0, 1], "column", out, 0);
    expect([...out]).toEqual([-1.7, 3.8].map(Math.fround));
    expect(store.signed).toBe(true);
  });

  it("takes a column slab with a scale for each of its codes", () => {
    const store = new AttentionStore({ layers: 1, heads: 1, tokens: 2 });
    const codes = Uint8Array.from([51, 255]);
    const slab = { codes, scales: Float32Array.from([1, 0.5]) };
    store.addRows(rowsKey([0], "column"), slab);
    const out = new Float32Array(2);
    store.read(0, [0], "column", out, 0);
    expect([...out]).toEqual([Math.fround(0.04), 0.5]);
    const second = store.error(0, 0, [0], "column", 1) ?? 0;
    expect(second).toBeCloseTo((0.5 * 255.25) / 255 ** 2, 6);
  });

  it("keeps as many rows as the room in bytes allows, those that were read last", () => {
    const sizes = { layers: 1, heads: 1, tokens: 100 };
    const store = new AttentionStore(sizes, 10 * 104);
    const slab = { codes: new Uint8Array(100), scales: new Float32Array(1) };
    const out = new Float32Array(100);
    for (let query = 0; query < 100; query++) {
      store.addRows(rowsKey([query], "row"), slab);
      store.read(0, [7], "row", out, 0);
    }
    const kept = Array.from({ length: 100 }, (_, query) => query).filter((query) =>
      store.hasRows(rowsKey([query], "row")),
    );
    expect(kept).toEqual([7, 91, 92, 93, 94, 95, 96, 97, 98, 99]);
  });

  it("has the rows of every query once all layers are here", () => {
    const store = storeWithLayers(KINDS.weights);
    expect(store.hasRows(rowsKey([2, 4], "column"))).toBe(true);
  });

  it.each(["weights", "scores"] as const)("gives a head's matrix of %s", (name) => {
    const { values, quantise } = KINDS[name];
    const whole = storeWithLayers(KINDS[name]);
    const single = new AttentionStore(SIZES);
    const expected = quantise(values[1]?.[1] ?? []);
    single.addHead(1, 1, expected);
    expect(single.matrix(1, 1)).toEqual(expected);
    expect(whole.matrix(1, 1)).toEqual(expected);
    expect(single.matrix(1, 0)).toBeNull();
    expect(single.hasLayer(1)).toBe(false);
  });

  it("keeps as many whole heads as the room allows, beside the rows", () => {
    const store = new AttentionStore({ layers: 20, heads: 1, tokens: 1 }, 40);
    const matrix = { codes: new Uint8Array(1), scales: new Float32Array(1) };
    const rows = { codes: new Uint8Array(20), scales: new Float32Array(20) };
    store.addRows(rowsKey([0], "row"), rows);
    for (let layer = 0; layer < 20; layer++) store.addHead(layer, 0, matrix);
    const kept = Array.from({ length: 20 }, (_, layer) => store.matrix(layer, 0));
    expect(kept.map(Boolean)).toEqual(Array.from(kept, (_, layer) => layer >= 12));
    expect(store.hasRows(rowsKey([0], "row"))).toBe(true);
  });

  it("refuses data of another model's size, and stays as it was", () => {
    const store = new AttentionStore(SIZES);
    const data = { codes: new Uint8Array(49), scales: new Float32Array(10) };
    expect(() => store.addLayer(0, data)).toThrow(
      "codes: 49 values came where 50 belong",
    );
    expect(() => store.addRows(rowsKey([0], "row"), data)).toThrow("49 values");
    expect(() => store.addHead(0, 0, data)).toThrow("49 values came where 25 belong");
    const lows = new Float32Array(9);
    expect(() =>
      store.addLayer(0, { codes: new Uint8Array(50), scales: data.scales, lows }),
    ).toThrow("lows: 9 values came where 10 belong");
    expect(store.hasLayer(0)).toBe(false);
    expect(store.hasRows(rowsKey([0], "row"))).toBe(false);
    expect(store.matrix(0, 0)).toBeNull();
    expect(store.signed).toBe(false);
  });
});

function named(name: string, values: Uint8Array | Float32Array): NamedArray {
  const dtype = values instanceof Uint8Array ? "uint8" : "float32";
  return { name, dtype, shape: [values.length], values };
}

describe("quantisedFrom", () => {
  const codes = named("codes", Uint8Array.of(9));
  const scales = named("scales", Float32Array.of(2));

  it("takes codes and scales, and lows where there are any", () => {
    const lows = named("lows", Float32Array.of(-1));
    const weights = { codes: codes.values, scales: scales.values };
    expect(quantisedFrom([scales, codes])).toEqual(weights);
    const signed = { ...weights, lows: lows.values };
    expect(quantisedFrom([codes, lows, scales])).toEqual(signed);
  });

  it("says what is missing or of another kind", () => {
    const lows = named("lows", Uint8Array.of(1));
    expect(() => quantisedFrom([codes])).toThrow("without codes (uint8) and scales");
    expect(() => quantisedFrom([codes, scales, lows])).toThrow("lows that are not");
  });
});
