import { describe, expect, it } from "vitest";
import { erf } from "../../../src/live/layers/erf";
import { gelu } from "../../../src/live/layers/gelu";

// Abramowitz and Stegun, table 7.1, and Python's math.erf.
const KNOWN = [
  [0, 0],
  [1e-8, 1.1283791670955126e-8],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [1.37, 0.9473123980480955],
  [2, 0.9953222650189527],
  [3.3, 0.9999969422902035],
  [4.7, 0.9999999999700439],
  [6, 1],
  [40, 1],
] as const;

describe("erf", () => {
  it.each(KNOWN)("is known at %d", (x, value) => {
    expect(Math.abs(erf(x) - value)).toBeLessThan(1e-10);
    expect(erf(-x)).toBeCloseTo(-erf(x), 15);
  });

  it("follows its series between the points of its table", () => {
    for (let x = 0; x < 2; x += 0.0013) {
      let term = x;
      let sum = x;
      for (let n = 1; n < 60; n++) {
        term *= (-x * x) / n;
        sum += term / (2 * n + 1);
      }
      expect(Math.abs(erf(x) - (2 / Math.sqrt(Math.PI)) * sum)).toBeLessThan(1e-10);
    }
  });
});

describe("gelu", () => {
  it("is x times the share of a normal distribution below x", () => {
    const values = Float32Array.of(-40, -1, 0, 1, 2, 40);
    gelu(values);
    const wanted = [0, -0.15865525393, 0, 0.84134474607, 1.9544997361, 40];
    wanted.forEach((value, at) => {
      expect(values[at]).toBeCloseTo(value, 6);
    });
  });
});
