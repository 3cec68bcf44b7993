import { describe, expect, it } from "vitest";
import type { Quantised } from "../../../../src/core/attention";
import { colourIndex } from "../../../../src/core/colour_scale";
import { HeadMatrix } from "../../../../src/views/attention_head_tour/matrix/head_matrix";
import { randomNumbers } from "../../../random";

const TOKENS = 23;
const PREFIX = 2;

function made(signed: boolean): Quantised {
  const random = randomNumbers(7);
  const codes = Uint8Array.from({ length: TOKENS ** 2 }, () =>
    Math.floor(256 * random()),
  );
  const scales = Float32Array.from({ length: TOKENS }, () => 0.1 + random());
  const lows = Float32Array.from({ length: TOKENS }, () => -2 * random());
  return signed ? { codes, scales, lows } : { codes, scales };
}

/** The value of a cell, by the definition of the codes. */
function decoded(data: Quantised, query: number, key: number): number {
  const share = (data.codes[query * TOKENS + key] ?? 0) / 255;
  const scale = data.scales[query] ?? 0;
  return data.lows ? (data.lows[query] ?? 0) + scale * share : scale * share ** 2;
}

const everyCell = Array.from({ length: TOKENS ** 2 }, (_, at) => [
  Math.floor(at / TOKENS),
  at % TOKENS,
]) as [number, number][];

describe.each([
  ["attention", false],
  ["signed values", true],
])("HeadMatrix of %s", (_, signed) => {
  const data = made(signed);
  const matrix = new HeadMatrix(data, TOKENS);

  it("reads every cell, and how far rounding may have moved it", () => {
    for (const [query, key] of everyCell) {
      const { value, error } = matrix.cell(query, key);
      expect(value).toBeCloseTo(decoded(data, query, key), 6);
      const code = data.codes[query * TOKENS + key] ?? 0;
      const scale = data.scales[query] ?? 0;
      const half = signed
        ? (scale * 0.5) / 255
        : (scale * ((code + 0.5) ** 2 - code ** 2)) / 255 ** 2;
      expect(error).toBeGreaterThanOrEqual(half * (1 - 1e-6));
      expect(error).toBeLessThan(half + 1e-5);
    }
  });

  it("finds the extremes among patches", () => {
    const values = everyCell
      .filter(([, key]) => key >= PREFIX)
      .map(([query, key]) => decoded(data, query, key));
    const { low, high } = matrix.range(PREFIX);
    expect(high).toBeCloseTo(Math.max(...values), 6);
    expect(low).toBeCloseTo(signed ? Math.min(...values) : 0, 6);
  });

  it.each(["linear", "log"] as const)("colours cells on a %s scale", (kind) => {
    const range = matrix.range(PREFIX);
    const colours = new Uint8Array(TOKENS ** 2);
    matrix.colour(range, kind, colours);
    everyCell.forEach(([query, key], at) => {
      const expected = colourIndex(decoded(data, query, key), range, kind);
      expect(Math.abs((colours[at] ?? -9) - expected)).toBeLessThanOrEqual(1);
    });
    expect(new Set(colours).size).toBeGreaterThan(100);
  });
});

it("refuses data of another size", () => {
  expect(() => new HeadMatrix(made(false), TOKENS + 1)).toThrow(
    "529 values came where 576 belong",
  );
});
