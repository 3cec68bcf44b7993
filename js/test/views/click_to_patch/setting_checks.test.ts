import { expect, it } from "vitest";
import { PatchGrid } from "../../../src/core/grid";
import type { ClickToPatchWritable, PatchEdit } from "../../../src/core/state.gen";
import type { Facts } from "../../../src/views/click_to_patch/facts";
import { checkSetting } from "../../../src/views/click_to_patch/setting_checks";

const FACTS = {
  layers: 3,
  heads: 4,
  grid: new PatchGrid(2, 2, ["cls"]),
  classes: { names: ["cat", "dog"] },
  donors: [{ name: "dog" }],
  available: ["z", "q", "resid_pre"],
} as unknown as Facts;

const EDIT: PatchEdit = {
  address: "L2.H3",
  tokens: ["cls", "(1,1)"],
  kind: "patch",
  strength: 1,
  source: "dog",
  seed: 0,
  switch: "on",
};

const check = (name: ClickToPatchWritable, value: unknown) => () =>
  checkSetting(FACTS, name, value);

it("takes what can be shown", () => {
  const sound: [ClickToPatchWritable, unknown][] = [
    ["interventions", [EDIT, { ...EDIT, kind: "zero", source: "" }]],
    ["interventions", []],
    ["source", "dog"],
    ["kind", "noise"],
    ["strength", -2.5],
    ["layer", 2],
    ["site", "resid_pre"],
    ["part", "q"],
    ["target", -1],
    ["target", 1],
    ["marked", ["L0.H0", "L1.MLP"]],
    ["metric", "kl"],
    ["direction", "noising"],
  ];
  for (const [name, value] of sound) expect(check(name, value)).not.toThrow();
});

it("says what can't be shown", () => {
  expect(check("kind", "swap")).toThrow(/kind must be patch or zero/);
  expect(check("layer", 3)).toThrow("layer 3 doesn't exist: this model has 0 to 2");
  expect(check("layer", 0.5)).toThrow(/layer 0.5/);
  expect(check("target", 2)).toThrow("this model has -1 to 1");
  expect(check("source", "cow")).toThrow("donor must be dog, not cow");
  expect(check("site", "attn_out")).toThrow(
    "site must be z or q or resid_pre, not attn_out",
  );
  expect(check("part", "v")).toThrow("not v");
  expect(check("strength", Number.NaN)).toThrow(/NaN/);
  expect(check("marked", ["L9.H0"])).toThrow("L9.H0 doesn't exist on this model");
  expect(check("interventions", "L1.H0")).toThrow(/no list of edits/);
});

it("says which part of an edit is wrong", () => {
  const wrong = (changes: object) => check("interventions", [{ ...EDIT, ...changes }]);
  expect(wrong({ address: "L2.H4" })).toThrow("L2.H4 doesn't exist");
  expect(wrong({ address: "L3.MLP" })).toThrow("L3.MLP doesn't exist");
  expect(wrong({ tokens: ["(2,0)"] })).toThrow(
    "L2.H3: this picture has no token (2,0)",
  );
  expect(wrong({ source: "cow" })).toThrow("donor must be dog, not cow");
  expect(wrong({ kind: "swap" })).toThrow(/not swap/);
  expect(wrong({ switch: true })).toThrow("switch must be on or off, not true");
  expect(wrong({ strength: Infinity })).toThrow(/Infinity/);
});
