import { describe, expect, it } from "vitest";
import { belongsOutside, isPress, moveInGrid } from "../../src/core/keyboard";

type Modifier = "ctrlKey" | "metaKey" | "altKey" | "shiftKey";

function press(key: string, ...modifiers: Modifier[]) {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  return {
    key,
    ...none,
    ...Object.fromEntries(modifiers.map((name) => [name, true])),
  };
}

describe("belongsOutside", () => {
  it.each(["a", "b", "x", "0", "ArrowDown", "Enter", " ", "Home", "?", "Delete"])(
    "keeps %s in the view",
    (key) => {
      expect(belongsOutside(press(key))).toBe(false);
    },
  );

  it("keeps shifted letters in the view", () => {
    expect(belongsOutside(press("M", "shiftKey"))).toBe(false);
  });

  it("lets through what leads out, runs the cell, or is another's shortcut", () => {
    for (const event of [
      press("Escape"),
      press("Tab"),
      press("Tab", "shiftKey"),
      press("Enter", "shiftKey"),
      press("Enter", "ctrlKey"),
      press("Enter", "metaKey"),
      press("s", "ctrlKey"),
      press("ArrowLeft", "altKey"),
    ]) {
      expect(belongsOutside(event), JSON.stringify(event)).toBe(true);
    }
  });
});

describe("moveInGrid", () => {
  const from = (key: string, ...modifiers: Modifier[]) =>
    moveInGrid(press(key, ...modifiers), 1, 2, 3, 5);

  it("walks", () => {
    expect(from("ArrowUp")).toEqual([0, 2]);
    expect(from("ArrowDown")).toEqual([2, 2]);
    expect(from("ArrowLeft")).toEqual([1, 1]);
    expect(from("ArrowRight")).toEqual([1, 3]);
    expect(from("Home")).toEqual([1, 0]);
    expect(from("End")).toEqual([1, 4]);
    expect(from("Home", "ctrlKey")).toEqual([0, 0]);
    expect(from("End", "ctrlKey")).toEqual([2, 4]);
  });

  it("stops at the edges but leads out at the top", () => {
    expect(moveInGrid(press("ArrowUp"), 0, 0, 3, 5)).toEqual([-1, 0]);
    expect(moveInGrid(press("ArrowLeft"), 0, 0, 3, 5)).toEqual([0, 0]);
    expect(moveInGrid(press("ArrowDown"), 2, 4, 3, 5)).toEqual([2, 4]);
    expect(moveInGrid(press("ArrowRight"), 2, 4, 3, 5)).toEqual([2, 4]);
  });

  it("leaves other keys and browser shortcuts alone", () => {
    expect(from("a")).toBeNull();
    expect(from("ArrowLeft", "altKey")).toBeNull();
    expect(from("ArrowLeft", "metaKey")).toBeNull();
  });
});

describe("isPress", () => {
  it("is Enter or Space, but not what runs the cell", () => {
    expect(isPress(press("Enter"))).toBe(true);
    expect(isPress(press(" "))).toBe(true);
    expect(isPress(press("Enter", "shiftKey"))).toBe(false);
    expect(isPress(press("a"))).toBe(false);
  });
});
