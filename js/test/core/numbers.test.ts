import { describe, expect, it } from "vitest";
import { shortNumber, withError } from "../../src/core/numbers";
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
