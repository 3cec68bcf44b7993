import { describe, expect, it } from "vitest";
import {
  percent,
  shortNumber,
  signed,
  trueMinus,
  withError,
} from "../../src/core/numbers";
import { randomNumbers } from "../random";

describe("shortNumber", () => {
  it.each([
    [0, "0"],
    [0.03124, "0.0312"],
    [1, "1.00"],
    [0.00012345, "0.000123"],
    [0.000012345, "1.23e-5"],
  ])("writes %d as %s", (value, text) => {
    expect(shortNumber(value)).toBe(text);
  });
});

describe("withError", () => {
  it.each([
    [0.031241, 0.00012, "0.0312 ± 0.0002"],
    [0.5, 0.004, "0.500 ± 0.005"],
    [0.031, 0, "0.03100"],
    [1.234e-5, 2.1e-7, "(1.23 ± 0.03)e-5"],
    [0, 3e-9, "(0 ± 4)e-9"],
  ])("writes %d with an error of %d as %s", (value, error, text) => {
    expect(withError(value, error)).toBe(text);
  });

  it("prints an interval that holds every value that is possible", () => {
    const random = randomNumbers(1);
    for (let trial = 0; trial < 2000; trial++) {
      const value = 10 ** (-6 * random());
      const error = value * 10 ** (-4 * random());
      const text = withError(value, error);
      const [, middle, margin, power] =
        /^\(?([\d.]+) ± ([\d.]+)\)?(?:e(-\d+))?$/.exec(text) ?? [];
      const unit = 10 ** Number(power ?? 0);
      const [low, high] = [
        (Number(middle) - Number(margin)) * unit,
        (Number(middle) + Number(margin)) * unit,
      ];
      const slack = 1e-12;
      expect(low, text).toBeLessThanOrEqual(value - error + slack);
      expect(high, text).toBeGreaterThanOrEqual(value + error - slack);
    }
  });
});

it("writes shares so that none looks like nothing or all unless it is", () => {
  const shares = [0, 1e-6, 0.0042, 0.0966, 0.62, 0.9996, 1];
  expect(shares.map((share) => percent(share).replaceAll("\u00a0", " "))).toEqual([
    "0 %",
    "< 0.01 %",
    "0.42 %",
    "9.7 %",
    "62 %",
    "> 99.9 %",
    "100 %",
  ]);
});

it("writes changes with their sign, and none of what rounds to nothing", () => {
  const points = (change: number) => signed(change, 1);
  expect([12.3, -0.41, 0.04, -0.04].map(points)).toEqual([
    "+12.3",
    "−0.4",
    "0.0",
    "0.0",
  ]);
  const logits = (change: number) => signed(change, 3);
  expect([1.2044, -0.031, -0.0001].map(logits)).toEqual(["+1.204", "−0.031", "0.000"]);
});

it("writes a true minus sign, but not in an exponent or before nothing", () => {
  expect(["-1.5e-6", "2e-6", "-0.00", "7"].map(trueMinus)).toEqual([
    "−1.5e-6",
    "2e-6",
    "0.00",
    "7",
  ]);
});
