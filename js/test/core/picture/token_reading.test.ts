import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../src/core/grid";
import { tokenAfterKey } from "../../../src/core/picture/token_reading";

const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const press = (key: string) => ({ ...none, key });

// cls reg0 / 2 3 4 / 5 6 7
const GRID = new PatchGrid(2, 3, ["cls", "reg0"]);

describe("tokenAfterKey", () => {
  it.each([
    ["ArrowRight", 2, 3],
    ["ArrowRight", 4, 4], // not round the corner
    ["ArrowLeft", 5, 5],
    ["ArrowDown", 3, 6],
    ["ArrowUp", 6, 3],
    ["End", 5, 7],
  ])("walks over patches: %s leads from %i to %i", (key, from, to) => {
    expect(tokenAfterKey(press(key), GRID, from)).toBe(to);
  });

  it.each([
    ["ArrowUp", 4, 1], // from the top row to the last prefix token
    ["ArrowLeft", 1, 0],
    ["ArrowRight", 1, 1],
    ["ArrowUp", 0, 0],
    ["ArrowDown", 0, 2], // back to the first patch
  ])("has the prefix tokens above: %s leads from %i to %i", (key, from, to) => {
    expect(tokenAfterKey(press(key), GRID, from)).toBe(to);
  });

  it("stays in the picture of a model without prefix tokens", () => {
    expect(tokenAfterKey(press("ArrowUp"), new PatchGrid(2, 3, []), 1)).toBe(1);
  });

  it.each(["a", "Enter", "Tab"])("leaves %s alone", (key) => {
    expect(tokenAfterKey(press(key), GRID, 3)).toBeNull();
    expect(tokenAfterKey(press(key), GRID, 0)).toBeNull();
  });
});
