import { expect, it } from "vitest";
import {
  softmax,
  strongestIndex,
  strongestIndices,
} from "../../../src/views/click_to_patch/softmax";

it("gives probabilities in double precision, of large logits too", () => {
  const shares = softmax(new Float32Array([1000, 1000 + Math.log(3), 0]));
  expect(shares[0]).toBeCloseTo(0.25, 4);
  expect(shares[1]).toBeCloseTo(0.75, 4);
  expect(shares[2]).toBe(0);
  const even = softmax(new Float32Array(1000).fill(-3));
  expect(even.every((share) => share === 0.001)).toBe(true);
});

it("finds the strongest; of equal ones the first", () => {
  const values = [1, 5, -2, 5, 3];
  expect(strongestIndex(values)).toBe(1);
  expect(strongestIndices(values, 3)).toEqual([1, 3, 4]);
  expect(strongestIndices(values, 9)).toEqual([1, 3, 4, 0, 2]);
});
