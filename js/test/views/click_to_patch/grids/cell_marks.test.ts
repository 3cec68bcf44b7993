import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import {
  CellMarks,
  type Edited,
} from "../../../../src/views/click_to_patch/grids/cell_marks";
import { planOf } from "../../../../src/views/click_to_patch/grids/grid_plan";
import { reading } from "../reading";

const FACTS = { layers: 2, heads: 2, grid: new PatchGrid(1, 2, ["cls"]) };
const CHOICE = { layer: 0, site: "resid_pre", part: "z" } as const;
const HEADS = planOf(reading({ ...CHOICE, grid_shown: "heads" }), FACTS);
const TOKENS = planOf(reading({ ...CHOICE, grid_shown: "tokens" }), FACTS);

type Edit = [address: string, tokens: string[], state: "on" | "off"];
const marks = (edits: readonly Edit[], marked: readonly string[] = []) =>
  new CellMarks(
    edits.map(([address, tokens, state]) => ({ address, tokens, switch: state })),
    marked,
  );

describe("a cell of a token", () => {
  const CASES: [string, Edit[], Edited][] = [
    ["not edited", [], "no"],
    ["edited", [["L1.resid_pre", ["cls", "(0,1)"], "on"]], "on"],
    ["edited at another token", [["L1.resid_pre", ["cls"], "on"]], "no"],
    ["edited in another layer", [["L0.resid_pre", ["(0,1)"], "on"]], "no"],
    ["edited with all tokens", [["L1.resid_pre", [], "on"]], "on"],
    ["switched off", [["L1.resid_pre", ["(0,1)"], "off"]], "off"],
    ["switched off with all tokens", [["L1.resid_pre", [], "off"]], "off"],
    [
      "on beside one that is off",
      [
        ["L1.resid_pre", ["(0,1)"], "on"],
        ["L1.resid_pre", ["(0,1)"], "off"],
        ["L1.resid_pre", [], "off"],
      ],
      "on",
    ],
  ];
  it.each(CASES)("%s", (_, edits, expected) => {
    expect(marks(edits).edited(TOKENS, { row: 1, column: 2 })).toBe(expected);
  });
});

describe("a cell of a head", () => {
  const CASES: [string, Edit[], Edited][] = [
    ["edited at all tokens", [["L1.H0", [], "on"]], "on"],
    ["edited at some", [["L1.H0", ["cls"], "on"]], "partly"],
    [
      "some on, all off",
      [
        ["L1.H0", ["cls"], "on"],
        ["L1.H0", [], "off"],
      ],
      "partly",
    ],
    ["all off", [["L1.H0", ["cls"], "off"]], "off"],
    ["only its queries edited", [["L1.H0.q", [], "on"]], "no"],
  ];
  it.each(CASES)("%s", (_, edits, expected) => {
    expect(marks(edits).edited(HEADS, { row: 1, column: 0 })).toBe(expected);
  });
});

it("marks a component in every column where it is", () => {
  const found = marks([], ["L1.resid_pre", "L0.H1"]);
  expect(found.isMarked(TOKENS, { row: 1, column: 0 })).toBe(true);
  expect(found.isMarked(TOKENS, { row: 1, column: 2 })).toBe(true);
  expect(found.isMarked(TOKENS, { row: 0, column: 2 })).toBe(false);
  expect(found.isMarked(HEADS, { row: 0, column: 1 })).toBe(true);
});
