import { expect, it } from "vitest";
import {
  isReadable,
  type Quantity,
  quantityName,
  quantityOf,
} from "../../../src/views/logit_attribution/quantity";

const CLASSES = { names: ["cat", "dog", "cow"], descriptions: [], emoji: [] };

it("looks at the second class for a difference alone", () => {
  const logit: Quantity = { target: 0, versus: 2, measure: "logit" };
  expect(quantityOf(logit, [])).toEqual({ target: 0, versus: -1, measure: "logit" });
  const difference: Quantity = { target: 0, versus: 2, measure: "difference" };
  expect(quantityOf(difference, [])).toEqual(difference);
});

it("asks a saved page in the words that it was saved with", () => {
  const saved = [
    { target: 0, versus: 1, measure: "logit" },
    { target: 0, versus: 1, measure: "difference" },
  ];
  const logit: Quantity = { target: 0, versus: 2, measure: "logit" };
  expect(quantityOf(logit, saved)).toEqual({ ...logit, versus: 1 });
  expect(isReadable(logit, saved)).toBe(true);
  expect(isReadable({ ...logit, measure: "difference" }, saved)).toBe(false);
  expect(isReadable({ ...logit, target: 2 }, saved)).toBe(false);
});

it("can ask a kernel for anything", () => {
  expect(isReadable({ target: 7, versus: -1, measure: "logit" }, [])).toBe(true);
});

it("names the number", () => {
  const name = (measure: Quantity["measure"]) =>
    quantityName({ target: 0, versus: 2, measure }, CLASSES);
  expect(name("logit")).toBe("logit of cat");
  expect(name("difference")).toBe("logit of cat − logit of cow");
  expect(name("log_probability")).toBe("log-probability of cat");
});
