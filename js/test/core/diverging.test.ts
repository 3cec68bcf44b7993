import { expect, it } from "vitest";
import {
  background,
  divergingIndex,
  divergingOpaque,
  divergingPixels,
  strongest,
} from "../../src/core/diverging";

const colours = new Uint8Array(divergingPixels().buffer);
const colour = (index: number) => [...colours.subarray(4 * index, 4 * index + 4)];

it("is blue below zero, orange above, and alike on both sides", () => {
  expect(colour(0)).toEqual([47, 126, 199, 235]);
  expect(colour(255)).toEqual([217, 95, 14, 235]);
  for (let index = 0; index < 128; index++) {
    expect(colour(index)[3]).toBe(colour(255 - index)[3]);
  }
});

it("leaves nothing at zero", () => {
  expect(colour(divergingIndex(0, 3))[3]).toBeLessThan(2);
  expect(colour(divergingIndex(0, 0))[3]).toBeLessThan(2);
  expect(background(0, 3)).toBe("rgba(217,95,14,0.000)");
});

it("hides what is beneath where it is to, nearly white in the middle", () => {
  const opaque = new Uint8Array(divergingOpaque().buffer);
  const solid = (index: number) => [...opaque.subarray(4 * index, 4 * index + 4)];
  expect(solid(0)).toEqual([47, 126, 199, 255]);
  expect(solid(255)).toEqual([217, 95, 14, 255]);
  for (const middle of [127, 128])
    expect(Math.min(...solid(middle))).toBeGreaterThan(240);
  for (let index = 0; index < 256; index++) {
    // The other table over that white; its strongest lets some of it through.
    const [red = 0, , , opacity = 0] = colour(index);
    const share = opacity / 255 / 0.92;
    const expected = (1 - share) * 247 + share * red;
    expect(Math.abs((solid(index)[0] ?? 0) - expected)).toBeLessThan(1.5);
    expect(solid(index)[3]).toBe(255);
  }
});

it("keeps values beyond the ends at the ends", () => {
  expect([-9, -3, 3, 9].map((value) => divergingIndex(value, 3))).toEqual([
    0, 0, 255, 255,
  ]);
  expect(background(-9, 3)).toBe("rgba(47,126,199,1.000)");
  expect(background(1.5, 3)).toBe("rgba(217,95,14,0.500)");
});

it("finds the largest without its sign, past what is no number", () => {
  expect(strongest([1, -7, Number.NaN, 3])).toBe(7);
  expect(strongest([])).toBe(0);
});
