import { expect, it } from "vitest";
import {
  parseAddress,
  partAddress,
  siteAddress,
  tokenLabel,
  tokenOfLabel,
} from "../../src/core/address";
import { PatchGrid } from "../../src/core/grid";

it("names components as Python does", () => {
  expect(partAddress(3, 1, "z")).toBe("L3.H1");
  expect(partAddress(3, 1, "q")).toBe("L3.H1.q");
  expect(siteAddress(3, "mlp_out")).toBe("L3.MLP");
  expect(siteAddress(11, "resid_pre")).toBe("L11.resid_pre");
});

it.each([
  ["L3.H1", 3, 1, ""],
  ["L11.H10.q", 11, 10, "q"],
  ["L3.MLP", 3, null, "MLP"],
  ["L11.resid_pre", 11, null, "resid_pre"],
  ["L3.MLP.n5", 3, null, "MLP.n5"],
  ["L0.H0@cls", 0, null, "H0@cls"],
])("reads %s", (address, layer, head, part) => {
  expect(parseAddress(address)).toEqual({ layer, head, part });
});

it.each(["", "L3", "L3.", "LX.H1", "cat", "head 3"])("no address: %s", (address) => {
  expect(parseAddress(address)).toBeNull();
});

it("labels tokens, and finds each again", () => {
  const grid = new PatchGrid(3, 5, ["cls", "reg0"]);
  const labels = Array.from({ length: grid.tokens }, (_, at) => tokenLabel(grid, at));
  expect(labels.slice(0, 3)).toEqual(["cls", "reg0", "(0,0)"]);
  expect(labels.at(-1)).toBe("(2,4)");
  expect(labels.map((label) => tokenOfLabel(grid, label))).toEqual([...labels.keys()]);
  for (const none of ["(3,0)", "(0,5)", "(00,1)", "dist", "", "0,0"]) {
    expect(tokenOfLabel(grid, none)).toBeNull();
  }
});
