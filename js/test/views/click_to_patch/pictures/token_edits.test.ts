import { expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import type { PatchEdit } from "../../../../src/core/state.gen";
import {
  swaps,
  tokenEdits,
} from "../../../../src/views/click_to_patch/pictures/token_edits";

const GRID = new PatchGrid(2, 2, ["cls"]);

function edit(address: string, tokens: string[], changes: Partial<PatchEdit> = {}) {
  const base = { kind: "patch", strength: 1, source: "dog", seed: 0, switch: "on" };
  return { address, tokens, ...base, ...changes } as PatchEdit;
}

it("finds the tokens of a component's edits; what acts has precedence", () => {
  const edits = [
    edit("L1.MLP", ["cls", "(0,1)"]),
    edit("L1.MLP", ["(0,1)", "(1,0)"], { switch: "off" }),
    edit("L2.MLP", ["(1,1)"]),
  ];
  const { on, off } = tokenEdits(edits, "L1.MLP", GRID);
  expect([...on]).toEqual([0, 2]);
  expect([...off]).toEqual([3]);
});

it("takes no label for all tokens, and looks at one donor when asked", () => {
  const edits = [
    edit("L0.H0", []),
    edit("L0.H0", ["cls"], { source: "cow", switch: "off" }),
  ];
  expect(tokenEdits(edits, "L0.H0", GRID).on.size).toBe(5);
  expect(tokenEdits(edits, "L0.H0", GRID).off.size).toBe(0);
  const cow = tokenEdits(edits, "L0.H0", GRID, "cow");
  expect([[...cow.on], [...cow.off]]).toEqual([[], [0]]);
});

it("swaps pixels only where the model takes them in", () => {
  const edits = [
    edit("L0.resid_pre", ["cls", "(0,0)"], { strength: 0.5 }),
    edit("L0.resid_pre", ["(0,1)"], { kind: "zero", source: "" }),
    edit("L0.resid_pre", ["(1,0)"], { switch: "off" }),
    edit("L0.resid_mid", ["(1,1)"]),
    edit("L1.resid_pre", ["(1,1)"]),
  ];
  expect(swaps(edits, GRID)).toEqual([{ token: 1, donor: "dog", share: 0.5 }]);
});
