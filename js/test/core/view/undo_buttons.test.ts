import { describe, expect, it } from "vitest";
import { wayOf } from "../../../src/core/view/undo_buttons";

/** A key as people write it: "Control+Shift+Z". */
function press(text: string) {
  const parts = text.split("+");
  return {
    key: parts.at(-1) ?? "",
    ctrlKey: parts.includes("Control"),
    metaKey: parts.includes("Meta"),
    altKey: parts.includes("Alt"),
    shiftKey: parts.includes("Shift"),
  };
}

describe("wayOf", () => {
  it.each([
    ["Control+z", "undo"],
    ["Meta+z", "undo"],
    ["Control+Z", "undo"], // with caps lock
    ["Control+Shift+Z", "redo"],
    ["Meta+Shift+z", "redo"],
    ["Control+y", "redo"],
  ])("takes %s for %s", (keys, way) => {
    expect(wayOf(press(keys))).toBe(way);
  });

  it.each([
    "z",
    "Shift+Z",
    "y",
    "Alt+z",
    "Control+Alt+z", // AltGr
    "Control+Meta+z",
    "Meta+y", // a browser's history
    "Control+Shift+Y",
    "Control+x",
  ])("leaves %s alone", (keys) => {
    expect(wayOf(press(keys))).toBeNull();
  });
});
