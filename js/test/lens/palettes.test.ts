import { describe, expect, it } from "vitest";
import { bytesOfOklch } from "../../src/lens/modes/oklch";
import { cssColour, distinctPixels, seenThrough } from "../../src/lens/modes/palettes";

describe("bytesOfOklch", () => {
  // As CSS Color 4 gives them for these colours of sRGB.
  it.each([
    [
      [1, 0, 0],
      [255, 255, 255],
    ],
    [
      [0, 0, 0],
      [0, 0, 0],
    ],
    [
      [0.62796, 0.25768, 29.234],
      [255, 0, 0],
    ],
    [
      [0.86644, 0.29483, 142.495],
      [0, 255, 0],
    ],
    [
      [0.45201, 0.31321, 264.052],
      [0, 0, 255],
    ],
  ] as const)("%j is %j", ([lightness, chroma, hue], bytes) => {
    const found = bytesOfOklch(lightness, chroma, hue);
    found.forEach((byte, channel) => {
      expect(Math.abs(byte - (bytes[channel] ?? 0))).toBeLessThanOrEqual(1);
    });
  });
});

describe("distinct colours", () => {
  it("differ well among the first dozen, and are never alike", () => {
    const bytes = new Uint8Array(distinctPixels().buffer);
    const colour = (number: number) => bytes.subarray(4 * number, 4 * number + 3);
    for (let one = 0; one < 60; one++) {
      for (let other = 0; other < one; other++) {
        const distance = Math.hypot(
          ...[...colour(one)].map((byte, at) => byte - (colour(other)[at] ?? 0)),
        );
        expect(distance).toBeGreaterThan(one < 12 ? 45 : 0);
      }
    }
  });
});

describe("seenThrough", () => {
  it("changes nothing but the opacity", () => {
    const table = distinctPixels();
    const thin = seenThrough(table, (number) => number / 255);
    expect(cssColour(thin, 9)).toBe(cssColour(table, 9));
    const bytes = new Uint8Array(thin.buffer);
    expect([bytes[3], bytes[4 * 51 + 3], bytes[4 * 255 + 3]]).toEqual([0, 51, 255]);
    expect(new Uint8Array(table.buffer)[3]).toBe(255);
  });
});
