import { describe, expect, it } from "vitest";
import { placeOf } from "../../../src/live/edits/place";
import { CONFIG, TOKENS } from "../small_model";

const ALL = Array.from({ length: TOKENS }, (_, token) => token);

describe("placeOf", () => {
  it.each([
    ["L1.H1", "z", 3, 3],
    ["L0.H0.q", "q", 0, 3],
    ["L0.H1.k", "k", 3, 3],
    ["L0.H1.v", "v", 3, 3],
    ["L1.MLP", "mlp_out", 0, 6],
    ["L1.attn_out", "attn_out", 0, 6],
    ["L1.resid_pre", "resid_pre", 0, 6],
    ["L1.resid_mid", "resid_mid", 0, 6],
    ["L0.resid_post", "resid_post", 0, 6],
  ])("finds %s", (address, site, first, width) => {
    const layer = Number(address[1]);
    const place = placeOf(CONFIG, address, []);
    expect(place).toEqual({ layer, site, first, width, tokens: ALL });
  });

  it("finds tokens by their labels, each once", () => {
    const labels = ["(1,2)", "cls", "(0,0)", "reg0", "(1,2)"];
    expect(placeOf(CONFIG, "L0.MLP", labels).tokens).toEqual([7, 0, 2, 1]);
  });

  it.each([
    ["L2.H0", "blocks run from 0 to 1"],
    ["L0.H2", "heads run from 0 to 1"],
    ["L0.H0.pattern", "this page can't edit L0.H0.pattern"],
    ["L0.MLP.n3", "this page can't edit L0.MLP.n3"],
    ["L0.mlp_out", "this page can't edit L0.mlp_out"],
    ["L0.H0@cls", "this page can't edit L0.H0@cls"],
    ["L0.toString", "this page can't edit L0.toString"],
    ["L0.H0.constructor", "this page can't edit L0.H0.constructor"],
    ["", "this page can't edit"],
  ])("refuses %s", (address, reason) => {
    expect(() => placeOf(CONFIG, address, [])).toThrow(reason);
  });

  it.each(["(2,0)", "(0,3)", "reg1", "(0, 1)", "7", "patch (0,0)"])(
    "refuses the token %s",
    (label) => {
      expect(() => placeOf(CONFIG, "L0.H0", [label])).toThrow(`no token ${label};`);
    },
  );
});
