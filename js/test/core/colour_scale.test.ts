import { describe, expect, it } from "vitest";
import {
  colourIndex,
  colourIndices,
  position,
  type Range,
  ticks,
} from "../../src/core/colour_scale";
import { randomNumbers } from "../random";

const upTo = (high: number): Range => ({ low: 0, high });
const SIGNED: Range = { low: -3, high: 1 };

describe("colourIndex", () => {
  it("is linear from low to high", () => {
    expect(colourIndex(0, upTo(0.2), "linear")).toBe(0);
    expect(colourIndex(0.05, upTo(0.2), "linear")).toBe(Math.round(255 / 4));
    expect(colourIndex(0.2, upTo(0.2), "linear")).toBe(255);
    expect(colourIndex(-3, SIGNED, "linear")).toBe(0);
    expect(colourIndex(-2, SIGNED, "linear")).toBe(Math.round(255 / 4));
    expect(colourIndex(0, SIGNED, "linear")).toBe(Math.round((255 * 3) / 4));
    expect(colourIndex(6, { low: 5, high: 7 }, "linear")).toBe(128);
  });

  it("covers three decades when logarithmic", () => {
    expect(colourIndex(0.2, upTo(0.2), "log")).toBe(255);
    expect(colourIndex(0.02, upTo(0.2), "log")).toBe(170);
    expect(colourIndex(0.002, upTo(0.2), "log")).toBe(85);
    expect(colourIndex(0.0002, upTo(0.2), "log")).toBe(0);
    expect(colourIndex(1e-9, upTo(0.2), "log")).toBe(0);
  });

  it("is linear for signed values, which have no logarithm", () => {
    for (const value of [-3, -2.2, 0, 0.4, 1]) {
      expect(position(value, SIGNED, "log")).toBe((value + 3) / 4);
    }
  });

  it.each(["linear", "log"] as const)("stays in the table (%s)", (kind) => {
    expect(colourIndex(0.9, upTo(0.2), kind)).toBe(255);
    expect(colourIndex(0, upTo(0.2), kind)).toBe(0);
    expect(colourIndex(0, upTo(0), kind)).toBe(0);
    expect(colourIndex(2, { low: 2, high: 2 }, kind)).toBe(0);
    expect(colourIndex(-9, SIGNED, kind)).toBe(0);
    expect(colourIndex(9, SIGNED, kind)).toBe(255);
    expect(colourIndex(Number.NaN, upTo(1), kind)).toBe(0);
  });
});

/** Numbers of every size, those just at the limits between colours, and odd ones. */
function samples({ low, high }: Range): Float32Array {
  const random = randomNumbers(3);
  const spread = Array.from({ length: 20000 }, () => 10 ** (-4.5 * random()) * 1.1);
  const even = Array.from({ length: 20000 }, () => random() * 1.2 - 0.1);
  const halves = Array.from({ length: 255 }, (_, colour) => (colour + 0.5) / 255);
  const limits = halves.flatMap((place) => [place, 10 ** (3 * (place - 1))]);
  const odd = [0, -0, 1, 1e-30, -1e-3, 1e-3, 1e30, Number.NaN];
  const shares = [...spread, ...even, ...limits, ...odd];
  return Float32Array.from(shares, (share) => low + share * (high - low));
}

describe("colourIndices", () => {
  it.each([
    ["linear", upTo(0.37)],
    ["linear", SIGNED],
    ["linear", { low: 5, high: 5.5 }],
    ["log", upTo(0.37)],
    ["log", upTo(1)],
    ["log", upTo(1e-5)],
    ["log", SIGNED],
    ["linear", upTo(0)],
    ["log", upTo(0)],
    ["linear", { low: 2, high: 1 }],
  ] as const)("are colourIndex of each value, %s in %j", (kind, range) => {
    const values = samples(range);
    const out = new Uint8Array(values.length).fill(99);
    colourIndices(values, 0, values.length, range, kind, out, 0);
    const wrong = [...values].filter((value, at) => {
      const difference = Math.abs((out[at] ?? 0) - colourIndex(value, range, kind));
      if (difference === 0) return false;
      // Within float64's rounding of half way between two colours either may be given.
      const away = Math.abs(((255 * position(value, range, kind)) % 1) - 0.5);
      return difference > 1 || away > 1e-9;
    });
    expect(wrong).toEqual([]);
  });

  it("read and write where they are told to, and nowhere else", () => {
    const values = Float32Array.from([9, 0, 0.5, 1, 9]);
    const out = new Uint8Array(6).fill(7);
    colourIndices(values, 1, 3, upTo(1), "linear", out, 2);
    expect([...out]).toEqual([7, 7, 0, 128, 255, 7]);
    colourIndices(values, 1, 3, upTo(0), "linear", out, 1);
    expect([...out]).toEqual([7, 0, 0, 0, 255, 7]);
  });
});

describe("ticks", () => {
  it.each([
    ["linear", upTo(0.34)],
    ["log", upTo(0.34)],
    ["linear", SIGNED],
    ["log", SIGNED],
  ] as const)("stand where their values are, %s in %j", (kind, range) => {
    for (const { at, value } of ticks(range, kind)) {
      expect(colourIndex(value, range, kind)).toBe(Math.round(255 * at));
    }
  });

  it("name both ends of signed values, and the middle", () => {
    const values = ticks(SIGNED, "log").map(({ value }) => value);
    expect(values).toEqual([-3, -1, 1]);
  });

  it("say that the low end of a log scale holds everything below it", () => {
    const below = ticks(upTo(1), "log").map((tick) => tick.andBelow);
    expect(below).toEqual([true, false, false, false]);
  });
});
