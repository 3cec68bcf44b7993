import { describe, expect, it } from "vitest";
import { colourIndex, ticks } from "../../src/core/colour_scale";

describe("colourIndex", () => {
  it("is linear from 0 to the maximum", () => {
    expect(colourIndex(0, 0.2, "linear")).toBe(0);
    expect(colourIndex(0.05, 0.2, "linear")).toBe(Math.round(255 / 4));
    expect(colourIndex(0.2, 0.2, "linear")).toBe(255);
  });

  it("covers three decades when logarithmic", () => {
    expect(colourIndex(0.2, 0.2, "log")).toBe(255);
    expect(colourIndex(0.02, 0.2, "log")).toBe(170);
    expect(colourIndex(0.002, 0.2, "log")).toBe(85);
    expect(colourIndex(0.0002, 0.2, "log")).toBe(0);
    expect(colourIndex(1e-9, 0.2, "log")).toBe(0);
  });

  it.each(["linear", "log"] as const)("stays in the table (%s)", (kind) => {
    expect(colourIndex(0.9, 0.2, kind)).toBe(255);
    expect(colourIndex(0, 0.2, kind)).toBe(0);
    expect(colourIndex(0, 0, kind)).toBe(0);
    expect(colourIndex(Number.NaN, 1, kind)).toBe(0);
  });
});

describe("ticks", () => {
  it.each(["linear", "log"] as const)("stand where their values are (%s)", (kind) => {
    for (const { at, value } of ticks(0.34, kind)) {
      expect(colourIndex(value, 0.34, kind)).toBe(Math.round(255 * at));
    }
  });

  it("say that the low end of a log scale holds everything below it", () => {
    expect(ticks(1, "log").map((tick) => tick.andBelow)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});
