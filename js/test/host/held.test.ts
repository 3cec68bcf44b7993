import { expect, it } from "vitest";
import { held, hold } from "../../src/host/held";

it("gives what a script brought", () => {
  const asset = { data: "..." };
  hold("model.js", asset);
  expect(held("model.js")).toBe(asset);
});

it("says what is missing, and what to do", () => {
  expect(() => held("other.js")).toThrow("lacks other.js");
  expect(() => held("other.js")).toThrow("copy the whole site");
});
