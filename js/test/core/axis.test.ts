import { describe, expect, it } from "vitest";
import { along, axisFor } from "../../src/core/axis";

describe("axisFor", () => {
  it.each([
    [
      [0, 0.93],
      [0, 0.5, 1],
    ],
    [
      [0, 1],
      [0, 0.5, 1],
    ],
    [
      [-3.2, 11],
      [-5, 0, 5, 10, 15],
    ],
    [
      [0, 0.0031],
      [0, 0.001, 0.002, 0.003, 0.004],
    ],
    [
      [Number.NaN, 2, Number.POSITIVE_INFINITY, 4],
      [2, 2.5, 3, 3.5, 4],
    ],
    [[7], [7, 7.5, 8]],
    [[], [0, 0.5, 1]],
  ])("holds %j between round numbers", (values, ticks) => {
    const axis = axisFor(values);
    expect([axis.low, axis.high]).toEqual([ticks[0], ticks.at(-1)]);
    expect(axis.ticks.length).toBeGreaterThanOrEqual(3);
    expect(axis.ticks.length).toBeLessThanOrEqual(7);
  });

  it("writes its numbers as a person does", () => {
    expect(axisFor([0, 1.1]).ticks).toEqual([0, 0.5, 1, 1.5]);
    expect(axisFor([0, 0.6], 6).ticks).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]);
  });
});

it("along runs from the low end to the high one", () => {
  const axis = axisFor([-5, 15]);
  expect([-5, 5, 15].map((value) => along(axis, value))).toEqual([0, 0.5, 1]);
});
