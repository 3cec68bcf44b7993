import { describe, expect, it } from "vitest";
import {
  columnsOf,
  type Matrix,
  matrixOf,
  transposed,
} from "../../../src/live/matrices/matrix";
import { Products } from "../../../src/live/matrices/products";
import { randomFloats } from "../small_model";

const SIZES = [
  [1, 1, 1],
  [4, 8, 8],
  [3, 5, 9],
  [5, 32, 7],
  [65, 33, 17],
] as const;

function at(matrix: Matrix, row: number, column: number): number {
  const { values, start, down, across } = matrix;
  return values[start + row * down + column * across] as number;
}

/** By the definition, in double precision. */
function plainProduct(
  left: Matrix,
  right: Matrix,
  bias: Float32Array | null,
): number[] {
  return Array.from({ length: left.rows * right.columns }, (_, index) => {
    const row = Math.floor(index / right.columns);
    const column = index % right.columns;
    let sum = bias?.[column] ?? 0;
    for (let inner = 0; inner < left.columns; inner++) {
      sum += at(left, row, inner) * at(right, inner, column);
    }
    return sum;
  });
}

function farthest(found: Float32Array, wanted: readonly number[]): number {
  expect(found.length).toBe(wanted.length);
  return Math.max(
    ...wanted.map((value, index) => Math.abs(value - (found[index] ?? 9))),
  );
}

describe("Products", () => {
  it.each(SIZES)("multiplies %i x %i by %i columns", (rows, depth, columns) => {
    const products = new Products();
    const left = matrixOf(randomFloats(rows * depth, 1), rows, depth);
    const right = matrixOf(randomFloats(depth * columns, 2), depth, columns);
    const bias = randomFloats(columns, 3);
    const kept = products.keep(right, bias);
    const wanted = plainProduct(left, right, bias);
    expect(farthest(products.timesKept(left, kept), wanted)).toBeLessThan(1e-5);
    const without = plainProduct(left, right, null);
    expect(farthest(products.times(left, right), without)).toBeLessThan(1e-5);
  });

  it("reads columns of larger arrays, and transposed ones", () => {
    const products = new Products();
    const left = columnsOf(matrixOf(randomFloats(6 * 20, 4), 6, 20), 5, 7);
    const right = columnsOf(matrixOf(randomFloats(9 * 20, 5), 9, 20), 12, 7);
    const wanted = plainProduct(left, transposed(right), null);
    expect(farthest(products.times(left, transposed(right)), wanted)).toBeLessThan(
      1e-5,
    );
    const turned = transposed(matrixOf(randomFloats(6 * 9, 6), 6, 9));
    const rightToo = plainProduct(turned, left, null);
    expect(farthest(products.times(turned, left), rightToo)).toBeLessThan(1e-5);
  });

  it("keeps factors while others come and the memory grows", () => {
    const products = new Products();
    const one = matrixOf(randomFloats(3 * 5, 7), 3, 5);
    const kept = products.keep(one, randomFloats(5, 8));
    const left = matrixOf(randomFloats(2 * 3, 9), 2, 3);
    const before = products.timesKept(left, kept);
    const large = matrixOf(randomFloats(200 * 300, 10), 200, 300);
    products.keep(large, randomFloats(300, 11));
    products.times(transposed(large), large);
    expect(products.timesKept(left, kept)).toEqual(before);
  });

  it("gives a row the same bits however many rows there are", () => {
    const products = new Products();
    const values = randomFloats(9 * 31, 12);
    const kept = products.keep(
      matrixOf(randomFloats(31 * 10, 13), 31, 10),
      randomFloats(10, 14),
    );
    const all = products.timesKept(matrixOf(values, 9, 31), kept);
    for (let row = 0; row < 9; row++) {
      const alone = values.subarray(31 * row, 31 * row + 31);
      const found = products.timesKept(matrixOf(alone, 1, 31), kept);
      expect(found).toEqual(all.slice(10 * row, 10 * row + 10));
    }
  });
});
