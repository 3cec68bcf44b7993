import { expect, it } from "vitest";
import { namedTokens } from "../../../../src/views/click_to_patch/edits/token_choice";

it("names all tokens, each one without a place, and all patches", () => {
  expect(namedTokens(["cls", "reg0", "(0,0)", "(0,1)"])).toEqual([
    ["all tokens", []],
    ["cls", ["cls"]],
    ["reg0", ["reg0"]],
    ["2 patches", ["(0,0)", "(0,1)"]],
  ]);
});

it("says no more of a model that has only patches", () => {
  expect(namedTokens(["(0,0)", "(0,1)"])).toEqual([["all tokens", []]]);
});
