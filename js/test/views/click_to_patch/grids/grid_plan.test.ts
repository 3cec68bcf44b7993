import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import type { Settings } from "../../../../src/views/click_to_patch/facts";
import {
  cellOf,
  indexOf,
  nameOf,
  planOf,
  pointedPlace,
  WHOLE_ROW,
} from "../../../../src/views/click_to_patch/grids/grid_plan";
import { reading } from "../reading";

const FACTS = { layers: 3, heads: 2, grid: new PatchGrid(1, 2, ["cls", "reg0"]) };
const CHOICE: Partial<Settings> = {
  grid_shown: "heads",
  layer: 1,
  site: "resid_pre",
  part: "z",
};
const plan = (choice: Partial<Settings> = {}) =>
  planOf(reading({ ...CHOICE, ...choice }), FACTS);

/** Names of all cells, in the order of the flattened grid. */
function names(choice: Partial<Settings>): string[] {
  const { rows, columns } = plan(choice);
  return Array.from({ length: rows * columns }, (_, index) =>
    nameOf(plan(choice), cellOf(plan(choice), index)),
  );
}

describe("cells, in the order of a sweep's values", () => {
  it("are heads by layer", () => {
    expect(names({})).toEqual(["L0.H0", "L0.H1", "L1.H0", "L1.H1", "L2.H0", "L2.H1"]);
  });

  it("are tokens by layer", () => {
    expect(names({ grid_shown: "tokens" }).slice(0, 5)).toEqual([
      "L0.resid_pre@cls",
      "L0.resid_pre@reg0",
      "L0.resid_pre@(0,0)",
      "L0.resid_pre@(0,1)",
      "L1.resid_pre@cls",
    ]);
  });

  it("are tokens by head of one layer", () => {
    expect(names({ grid_shown: "head_tokens", part: "k" })).toEqual([
      "L1.H0.k@cls",
      "L1.H0.k@reg0",
      "L1.H0.k@(0,0)",
      "L1.H0.k@(0,1)",
      "L1.H1.k@cls",
      "L1.H1.k@reg0",
      "L1.H1.k@(0,0)",
      "L1.H1.k@(0,1)",
    ]);
  });

  it("have the short address of what a head and an MLP give out", () => {
    expect(names({ grid_shown: "head_tokens" })[0]).toBe("L1.H0@cls");
    expect(names({ grid_shown: "tokens", site: "mlp_out" })[0]).toBe("L0.MLP@cls");
  });
});

it("a head is edited at all tokens, and so is the name of a row", () => {
  expect(plan().tokens({ row: 2, column: 1 })).toEqual([]);
  const tokens = plan({ grid_shown: "tokens" });
  expect(tokens.tokens({ row: 2, column: WHOLE_ROW })).toEqual([]);
  expect(tokens.address({ row: 2, column: WHOLE_ROW })).toBe("L2.resid_pre");
});

it("a cell's number leads back to it", () => {
  const tokens = plan({ grid_shown: "tokens" });
  expect(indexOf(tokens, { row: 2, column: 3 })).toBe(11);
  expect(cellOf(tokens, 11)).toEqual({ row: 2, column: 3 });
});

it("plans of other choices have other keys", () => {
  const keys = [
    plan(),
    plan({ grid_shown: "tokens" }),
    plan({ grid_shown: "tokens", site: "mlp_out" }),
    plan({ grid_shown: "head_tokens" }),
    plan({ grid_shown: "head_tokens", part: "q" }),
    plan({ grid_shown: "head_tokens", layer: 2 }),
  ].map(({ key }) => key);
  expect(new Set(keys).size).toBe(keys.length);
});

describe("what is pointed at", () => {
  const tokens = plan({ grid_shown: "tokens" });

  it("is a cell where both component and token are here", () => {
    const pointed = { address: "L1.resid_pre", tokens: ["(0,1)"] };
    expect(pointedPlace(tokens, pointed)).toEqual({ row: 1, column: 3 });
    const head = { address: "L2.H1", tokens: [] };
    expect(pointedPlace(plan(), head)).toEqual({ row: 2, column: 1 });
  });

  it("is a column where only the token is here, and a row for all tokens", () => {
    for (const address of ["", "L1.resid_post"]) {
      const token = { address, tokens: ["reg0"] };
      expect(pointedPlace(tokens, token)).toEqual({ row: null, column: 1 });
    }
    const row = { address: "L1.resid_pre", tokens: [] };
    expect(pointedPlace(tokens, row)).toEqual({ row: 1, column: WHOLE_ROW });
  });

  it.each([
    { address: "", tokens: [] },
    { address: "L1.resid_post", tokens: [] },
    { address: "", tokens: ["(9,9)"] },
    { address: "", tokens: ["cls", "reg0"] },
    { address: "L1.resid_pre", tokens: ["cls", "reg0"] },
  ])("is nowhere else: $address at $tokens", (pointed) => {
    expect(pointedPlace(tokens, pointed)).toBeNull();
  });

  it("is no cell of heads for a token", () => {
    expect(pointedPlace(plan(), { address: "", tokens: ["cls"] })).toBeNull();
  });
});
