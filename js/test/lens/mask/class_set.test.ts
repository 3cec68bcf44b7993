import { describe, expect, it } from "vitest";
import {
  classesOf,
  partsOf,
  withClasses,
  withoutClasses,
} from "../../../src/lens/mask/class_set";

// Superclass 0 has classes 0, 2 and 5, superclass 1 has 1 and 3, superclass 2 only 4.
const KINDS = { superclassOf: [0, 1, 0, 1, 2, 0] };

it("classesOf lists a superclass", () => {
  expect(classesOf(KINDS, 0)).toEqual([0, 2, 5]);
  expect(classesOf(KINDS, 9)).toEqual([]);
});

describe("partsOf", () => {
  it.each([
    [[], []],
    [
      [5, 0],
      [
        [null, [0]],
        [null, [5]],
      ],
    ],
    [[2, 5, 0], [[0, [0, 2, 5]]]],
    [
      [4, 3, 1, 2],
      [
        [1, [1, 3]],
        [null, [2]],
        [null, [4]],
      ],
    ],
  ])("%j: superclasses in full as one, a class alone as itself", (set, parts) => {
    const found = partsOf(KINDS, set);
    expect(found.map(({ superclass, classes }) => [superclass, classes])).toEqual(
      parts,
    );
  });
});

it("a set stays in order, each class once", () => {
  expect(withClasses([5, 1], [3, 1])).toEqual([1, 3, 5]);
  expect(withoutClasses([1, 3, 5], [3, 4])).toEqual([1, 5]);
});
