import { expect, it } from "vitest";
import {
  choosable,
  isSound,
  withTarget,
  withVersus,
} from "../../../../src/views/logit_attribution/classes/choices";
import type { Quantity } from "../../../../src/views/logit_attribution/quantity";

const CLASSES = { names: ["cat", "dog", "cow"], descriptions: [], emoji: [] };
const DIFFERENCE: Quantity = { target: 0, versus: 2, measure: "difference" };

it("lets what is compared change places rather than be compared with itself", () => {
  expect(withTarget(DIFFERENCE, 1)).toEqual({ target: 1 });
  expect(withTarget(DIFFERENCE, 2)).toEqual({ target: 2, versus: 0 });
  const swapped = { target: 2, versus: 0, measure: "difference" };
  expect(withVersus(DIFFERENCE, 0)).toEqual(swapped);
});

it("asks for the difference as soon as there are two classes", () => {
  const logit: Quantity = { target: 0, versus: -1, measure: "logit" };
  expect(withVersus(logit, 1)).toEqual({ versus: 1, measure: "difference" });
  expect(isSound({ ...logit, ...withVersus(logit, 0) })).toBe(false); // nothing to swap
});

it("offers every class, but not the one itself to compare with", () => {
  const facts = { classes: CLASSES, readable: [] };
  const logit: Quantity = { target: 0, versus: -1, measure: "logit" };
  expect(choosable(facts, logit, withTarget)).toEqual([0, 1, 2]);
  expect(choosable(facts, logit, withVersus)).toEqual([1, 2]);
});

it("offers in a saved page what that holds", () => {
  const readable = [
    { target: 0, versus: 2, measure: "difference" },
    { target: 2, versus: 0, measure: "difference" },
    { target: 1, versus: 2, measure: "logit" },
  ];
  const facts = { classes: CLASSES, readable };
  expect(choosable(facts, DIFFERENCE, withTarget)).toEqual([0, 2]);
  expect(choosable(facts, DIFFERENCE, withVersus)).toEqual([0, 2]);
});
