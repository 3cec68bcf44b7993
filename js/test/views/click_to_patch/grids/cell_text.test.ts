import { expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import { digits } from "../../../../src/views/click_to_patch/digits";
import { CellMarks } from "../../../../src/views/click_to_patch/grids/cell_marks";
import { describe as describeCell } from "../../../../src/views/click_to_patch/grids/cell_text";
import { CellValues } from "../../../../src/views/click_to_patch/grids/cell_values";
import {
  planOf,
  WHOLE_ROW,
} from "../../../../src/views/click_to_patch/grids/grid_plan";
import { reading } from "../reading";

const FACTS = { layers: 1, heads: 1, grid: new PatchGrid(1, 2, ["cls"]) };
const PLAN = planOf(
  reading({ grid_shown: "tokens", layer: 0, site: "resid_pre", part: "z" }),
  FACTS,
);
const VALUES = new CellValues(
  {
    preview: Float32Array.from([0.5, -0.123456, Number.NaN]),
    exact: Float32Array.from([0.98761, Number.NaN, Number.NaN]),
  },
  3,
  0,
);

it("says value, certainty, and how a cell is edited", () => {
  const edits = [{ address: "L0.resid_pre", tokens: ["cls"], switch: "on" as const }];
  const say = (column: number, marks: CellMarks) =>
    describeCell(PLAN, VALUES, marks, { row: 0, column });
  expect(say(0, new CellMarks(edits, ["L0.resid_pre"]))).toBe(
    "L0.resid_pre@cls: 0.9876, exact · edited · marked",
  );
  const none = new CellMarks([], []);
  expect(say(1, none)).toBe("L0.resid_pre@(0,0): −0.1235, approximation · not edited");
  expect(say(2, none)).toBe("L0.resid_pre@(0,1): no value yet · not edited");
  expect(say(WHOLE_ROW, none)).toBe("L0.resid_pre at all tokens · not edited");
});

it.each([
  [0, "0"],
  [-0.5, "−0.5000"],
  [-1.2345e-6, "−1.234e-6"],
  [12.3456, "12.35"],
])("prints %d in four digits", (value, text) => {
  expect(digits(value)).toBe(text);
});
