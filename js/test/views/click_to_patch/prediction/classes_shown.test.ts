import { expect, it } from "vitest";
import { classesShown } from "../../../../src/views/click_to_patch/prediction/classes_shown";
import { predictionOf } from "../../../../src/views/click_to_patch/questions";

it("merges the likeliest before and after, the likeliest now first", () => {
  const before = predictionOf([], new Float32Array([5, 4, 0, 1, 2]));
  const now = predictionOf([], new Float32Array([1, 4, 9, 0, 0]));
  expect(classesShown(before, now, 2)).toEqual([2, 1, 0]);
  expect(classesShown(before, before, 2)).toEqual([0, 1]);
});
