import { expect, it } from "vitest";
import type { PatchEdit } from "../../../src/core/state.gen";
import {
  actingOf,
  type Change,
  changeOf,
  overlap,
  toggled,
  touched,
} from "../../../src/views/click_to_patch/edits";
import { reading } from "./reading";

const ORDER = ["cls", "(0,0)", "(0,1)", "(1,0)", "(1,1)"];
const PATCH: Change = { kind: "patch", strength: 1, source: "dog", seed: 0 };
const ZERO: Change = { kind: "zero", strength: 1, source: "", seed: 0 };

function edit(
  address: string,
  tokens: string[],
  changes: Partial<PatchEdit> = {},
): PatchEdit {
  return { address, tokens, ...PATCH, switch: "on", ...changes };
}

function click(
  edits: readonly PatchEdit[],
  address: string,
  tokens: string[] = [],
  change = PATCH,
): PatchEdit[] {
  return toggled(edits, address, change, tokens, ORDER);
}

it("edits a component by one click and leaves it by the next", () => {
  const once = click([], "L3.H1");
  expect(once).toEqual([edit("L3.H1", [])]);
  expect(click(once, "L3.H1")).toEqual([]);
});

it("gathers the tokens of one component in one edit, in the grid's order", () => {
  const two = click([edit("L0.resid_pre", ["(1,1)"])], "L0.resid_pre", ["(0,0)"]);
  expect(two).toEqual([edit("L0.resid_pre", ["(0,0)", "(1,1)"])]);
  expect(click(two, "L0.resid_pre", ["(1,1)"])).toEqual([
    edit("L0.resid_pre", ["(0,0)"]),
  ]);
});

it("drops an edit that is left without a token: to have none would mean all", () => {
  const one = [edit("L0.resid_pre", ["cls"]), edit("L1.H0", [])];
  expect(click(one, "L0.resid_pre", ["cls"])).toEqual([edit("L1.H0", [])]);
});

it("adds what a brush lacks, and takes away what it has in full", () => {
  const some = [edit("L1.MLP", ["(0,0)"])];
  const all = click(some, "L1.MLP", ["(0,1)", "(0,0)"]);
  expect(all).toEqual([edit("L1.MLP", ["(0,0)", "(0,1)"])]);
  expect(click(all, "L1.MLP", ["(0,1)", "(0,0)"])).toEqual([]);
});

it("takes single tokens out of an edit of all, and knows all when it has them", () => {
  const but = click([edit("L1.MLP", [])], "L1.MLP", ["cls", "(1,0)"]);
  expect(but).toEqual([edit("L1.MLP", ["(0,0)", "(0,1)", "(1,1)"])]);
  const whole = click(but, "L1.MLP", ["(1,0)", "cls"]);
  expect(whole).toEqual([edit("L1.MLP", [])]);
});

it("takes an edit of single tokens in when the whole component is clicked", () => {
  const some = [edit("L1.MLP", ["cls"]), edit("L2.H0", [])];
  expect(click(some, "L1.MLP")).toEqual([edit("L1.MLP", []), edit("L2.H0", [])]);
});

it("puts another kind or donor in the place of what acts there", () => {
  const two = [edit("L1.H2", []), edit("L2.H0", [])];
  const zeroed = click(two, "L1.H2", [], ZERO);
  expect(zeroed).toEqual([edit("L1.H2", [], ZERO), edit("L2.H0", [])]);
  expect(click(zeroed, "L1.H2", [], ZERO)).toEqual([edit("L2.H0", [])]);
  const boat = { ...PATCH, source: "boat" };
  expect(click([edit("L1.H2", [])], "L1.H2", [], boat)).toEqual([
    edit("L1.H2", [], boat),
  ]);
});

it("puts another kind just at the tokens that are clicked", () => {
  const some = [edit("L1.MLP", ["cls", "(0,0)"])];
  expect(click(some, "L1.MLP", ["cls"], ZERO)).toEqual([
    edit("L1.MLP", ["(0,0)"]),
    edit("L1.MLP", ["cls"], ZERO),
  ]);
  expect(click([edit("L1.MLP", [])], "L1.MLP", ["cls", "(0,0)"], ZERO)).toEqual([
    edit("L1.MLP", ["(0,1)", "(1,0)", "(1,1)"]),
    edit("L1.MLP", ["cls", "(0,0)"], ZERO),
  ]);
});

it("leaves other kinds that are switched off, and joins those that are on", () => {
  const off = edit("L1.H2", [], { switch: "off" });
  expect(click([off], "L1.H2", [], ZERO)).toEqual([off, edit("L1.H2", [], ZERO)]);
  const both = [edit("L1.MLP", ["cls"]), edit("L1.MLP", ["(0,0)"], ZERO)];
  expect(click(both, "L1.MLP", ["cls"], ZERO)).toEqual([
    edit("L1.MLP", ["cls", "(0,0)"], ZERO),
  ]);
});

it("says that order counts where two edits change the same numbers", () => {
  const zero = edit("L1.MLP", ["cls"], ZERO);
  expect(overlap([zero])).toBe(false);
  expect(overlap([zero, edit("L1.MLP", ["(0,0)"])])).toBe(false);
  expect(overlap([zero, edit("L2.MLP", ["cls"])])).toBe(false);
  expect(overlap([zero, edit("L2.MLP", []), edit("L1.MLP", ["(0,0)", "cls"])])).toBe(
    true,
  );
  expect(overlap([zero, edit("L1.MLP", [])])).toBe(true);
});

it("keeps edits of other strengths apart, but takes either away", () => {
  const half = [edit("L1.MLP", ["cls"], { strength: 0.5 })];
  const both = click(half, "L1.MLP", ["(0,0)"]);
  expect(both).toEqual([...half, edit("L1.MLP", ["(0,0)"])]);
  expect(click(both, "L1.MLP", ["cls", "(0,0)"])).toEqual([]);
});

it("switches on what is there but off", () => {
  const off = [edit("L1.H2", [], { switch: "off" })];
  expect(click(off, "L1.H2")).toEqual([edit("L1.H2", [])]);
  expect(click(off, "L1.H2", ["cls"])).toEqual([...off, edit("L1.H2", ["cls"])]);
});

it("leaves the list that it is given as it is", () => {
  const edits = [edit("L1.MLP", ["cls"])];
  click(edits, "L1.MLP", ["(0,0)"]);
  click(edits, "L1.MLP", ["cls"]);
  expect(edits).toEqual([edit("L1.MLP", ["cls"])]);
});

it("names a donor only where one is needed", () => {
  const settings = { strength: 0.5, source: "dog" };
  expect(changeOf(reading({ kind: "steer", ...settings })).source).toBe("dog");
  expect(changeOf(reading({ kind: "zero", ...settings })).source).toBe("");
});

it("asks the kernel for edits that act, in their order and without a switch", () => {
  const edits = [
    edit("L2.H0", []),
    edit("L1.H0", [], { switch: "off" }),
    edit("L0.MLP", ["cls"]),
  ];
  const asked = actingOf(edits);
  expect(asked.map(({ address }) => address)).toEqual(["L2.H0", "L0.MLP"]);
  expect(asked.every((each) => !("switch" in each))).toBe(true);
});

it("says what an act touched", () => {
  const [one, other] = [edit("L1.H0", []), edit("L2.H0", [])];
  expect(touched([one], [one, other])).toBe("L2.H0");
  expect(touched([one, other], [])).toBe("L1.H0, L2.H0");
  expect(touched([one], [{ ...one, strength: 0.5 }])).toBe("L1.H0");
});
