import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/lens/lens";
import { checkSetting } from "../../src/lens/setting_checks";
import { madeFacts } from "./made_lens";

type Case = readonly [keyof Settings, unknown];

const GOOD: readonly Case[] = [
  ["layer", -1],
  ["layer", 2],
  ["token", 6],
  ["target", -1],
  ["versus", 8],
  ["mode", "mask"],
  ["heat", "rank"],
  ["lens", "tuned"],
  ["norm", "own"],
  ["show_norms", true],
  ["mask", []],
  ["mask", [0, 8]],
];

const WRONG: readonly (readonly [...Case, string])[] = [
  ["layer", 3, "layer 3 doesn't exist: this model has -1 to 2"],
  ["layer", 0.5, "layer 0.5 doesn't exist: this model has -1 to 2"],
  ["token", 7, "token 7 doesn't exist: this model has 0 to 6"],
  ["target", 9, "target 9 doesn't exist: this model has -1 to 8"],
  ["mode", "smell", "mode is emoji or class or superclass or heat or entropy or mask"],
  ["norm", "final", "norm is own here, not final"],
  ["lens", "round", "lens is plain or tuned here, not round"],
  ["show_norms", 1, "show_norms is true or false, not 1"],
  ["mask", [3, 9], "mask: class 9 doesn't exist: this model has 0 to 8"],
  ["mask", "all", "mask is no list of classes"],
];

describe("checkSetting", () => {
  it.each(GOOD)("takes %s %j", (name, value) => {
    expect(() => checkSetting(madeFacts(), name, value)).not.toThrow();
  });

  it.each(WRONG)("refuses %s %j", (name, value, message) => {
    expect(() => checkSetting(madeFacts(), name, value)).toThrow(message);
  });

  it("refuses classes whose maps a saved page lacks", () => {
    const facts = { ...madeFacts(), readable: [2, 4] };
    expect(() => checkSetting(facts, "target", 4)).not.toThrow();
    expect(() => checkSetting(facts, "versus", -1)).not.toThrow();
    expect(() => checkSetting(facts, "target", 3)).toThrow(
      "the map of class 3 (class 3) is not in this page",
    );
  });
});
