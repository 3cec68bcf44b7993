import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import type { PatchEdit } from "../../../../src/core/state.gen";
import {
  targetsOf,
  toggledTogether,
} from "../../../../src/views/click_to_patch/grids/block_toggle";
import { planOf } from "../../../../src/views/click_to_patch/grids/grid_plan";
import { reading } from "../reading";

const ORDER = ["cls", "(0,0)", "(0,1)"];
const CHANGE = { kind: "patch", strength: 1, source: "dog", seed: 0 } as const;
const edit = (address: string, ...tokens: string[]): PatchEdit => ({
  address,
  tokens,
  ...CHANGE,
  switch: "on",
});
const TARGETS = [
  { address: "L0.MLP", tokens: ["cls", "(0,0)"] },
  { address: "L1.MLP", tokens: ["cls", "(0,0)"] },
];
const toggle = (...edits: PatchEdit[]) =>
  toggledTogether(edits, TARGETS, CHANGE, ORDER);

it("a block names each row's component and the tokens of its columns", () => {
  const facts = { layers: 2, heads: 2, grid: new PatchGrid(1, 2, ["cls"]) };
  const shown = { grid_shown: "tokens", layer: 0, site: "mlp_out", part: "z" } as const;
  const block = { top: 0, left: 0, bottom: 1, right: 1 };
  expect(targetsOf(planOf(reading(shown), facts), block)).toEqual(TARGETS);
});

describe("cells that are dragged over", () => {
  it("are all edited", () => {
    expect(toggle()).toEqual([
      edit("L0.MLP", "cls", "(0,0)"),
      edit("L1.MLP", "cls", "(0,0)"),
    ]);
  });

  it("are all edited where some are: none is taken away", () => {
    const before = [edit("L0.MLP", "cls", "(0,0)", "(0,1)"), edit("L1.MLP", "cls")];
    expect(toggle(...before)).toEqual([
      edit("L0.MLP", "cls", "(0,0)", "(0,1)"),
      edit("L1.MLP", "cls", "(0,0)"),
    ]);
  });

  it("are taken away where all are", () => {
    const before = [
      edit("L0.MLP", "cls", "(0,0)", "(0,1)"),
      edit("L1.MLP", "cls", "(0,0)"),
    ];
    expect(toggle(...before)).toEqual([edit("L0.MLP", "(0,1)")]);
  });

  it("are there already where a component is edited at all tokens", () => {
    expect(toggle(edit("L0.MLP"))).toEqual([
      edit("L0.MLP"),
      edit("L1.MLP", "cls", "(0,0)"),
    ]);
  });

  it("are taken out of edits of all tokens", () => {
    expect(toggle(edit("L0.MLP"), edit("L1.MLP", "cls", "(0,0)"))).toEqual([
      edit("L0.MLP", "(0,1)"),
    ]);
  });

  it("take the place of edits of another kind", () => {
    const other = { ...edit("L0.MLP", "cls", "(0,0)"), kind: "zero" as const };
    expect(toggle(other)).toEqual([
      edit("L0.MLP", "cls", "(0,0)"),
      edit("L1.MLP", "cls", "(0,0)"),
    ]);
  });
});
