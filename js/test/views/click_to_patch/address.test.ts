import { expect, it } from "vitest";
import { PatchGrid } from "../../../src/core/grid";
import {
  partAddress,
  placeOf,
  siteAddress,
  tokenLabel,
  tokenOfLabel,
} from "../../../src/views/click_to_patch/address";

it("names components as Python does, and reads the names", () => {
  expect(partAddress(3, 1, "z")).toBe("L3.H1");
  expect(partAddress(3, 1, "q")).toBe("L3.H1.q");
  expect(siteAddress(3, "mlp_out")).toBe("L3.MLP");
  expect(siteAddress(11, "resid_pre")).toBe("L11.resid_pre");
  expect(placeOf("L3.H1")).toEqual({ layer: 3, head: 1, what: "z" });
  expect(placeOf("L3.H1.q")).toEqual({ layer: 3, head: 1, what: "q" });
  expect(placeOf("L3.MLP")).toEqual({ layer: 3, head: null, what: "mlp_out" });
  expect(placeOf("L11.resid_pre")).toEqual({
    layer: 11,
    head: null,
    what: "resid_pre",
  });
  expect(placeOf("L3.MLP.n5")).toEqual({ layer: 3, head: null, what: "MLP.n5" });
  for (const none of ["", "L3", "LX.H1", "cat", "head 3"]) {
    expect(placeOf(none)).toBeNull();
  }
});

it("labels tokens, and finds each again", () => {
  const grid = new PatchGrid(3, 5, ["cls", "reg0"]);
  const labels = Array.from({ length: grid.tokens }, (_, at) => tokenLabel(grid, at));
  expect(labels.slice(0, 3)).toEqual(["cls", "reg0", "(0,0)"]);
  expect(labels.at(-1)).toBe("(2,4)");
  expect(labels.map((label) => tokenOfLabel(grid, label))).toEqual([...labels.keys()]);
  for (const none of ["(3,0)", "(0,5)", "dist", "", "0,0"]) {
    expect(tokenOfLabel(grid, none)).toBeNull();
  }
});
