import { expect, it } from "vitest";
import type { Facts } from "../../../src/views/logit_attribution/facts";
import { checkSetting } from "../../../src/views/logit_attribution/setting_checks";

const FACTS = {
  layers: 2,
  heads: 3,
  classes: { names: ["cat", "dog"] },
} as unknown as Facts;

it("lets pass what this model has", () => {
  checkSetting(FACTS, "target", 1);
  checkSetting(FACTS, "versus", -1);
  checkSetting(FACTS, "measure", "difference");
  checkSetting(FACTS, "component", "L1.H2");
  checkSetting(FACTS, "history", []);
});

it.each([
  ["target", 2, "target 2 doesn't exist: this model has classes 0 to 1"],
  ["target", -1, "target -1 doesn't exist"],
  ["versus", -2, "versus -2 doesn't exist"],
  ["versus", 0.5, "versus 0.5 doesn't exist"],
  ["measure", "loss", "measure is logit or difference or log_probability, not loss"],
  ["component", "L2.MLP", "L2.MLP doesn't exist: this model has layer 0 to layer 1"],
  ["undone", -1, "undone -1 is no number of acts"],
] as const)("refuses %s = %j", (name, value, message) => {
  expect(() => checkSetting(FACTS, name, value)).toThrow(message);
});
