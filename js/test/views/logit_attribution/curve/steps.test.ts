import { expect, it } from "vitest";
import { stepsOf } from "../../../../src/views/logit_attribution/curve/steps";
import { madeUpSplit } from "../made_up_split";

it("names what each step opens, and by how much it moves the sum", () => {
  const steps = stepsOf(madeUpSplit());
  expect(steps.map(({ address }) => address)).toEqual([
    "embedding",
    "L0.attention",
    "L0.MLP",
    "L1.attention",
    "L1.MLP",
  ]);
  expect(steps.map(({ change }) => change)).toEqual([0.4375, -0.5, -1, 4.5, 5]);
  expect(steps.at(-1)?.after).toBe(8.4375);
});

it("says so where a block adds attention and MLP at once", () => {
  const depth = Float32Array.of(0.4375, -1.0625, -1.0625, 3.4375, 8.4375);
  const steps = stepsOf(madeUpSplit({ depth }));
  expect(steps.slice(1, 4).map(({ address }) => address)).toEqual([
    "L0",
    "L0",
    "L1.attention",
  ]);
  expect(steps[1]?.name).toBe("L0 attention and MLP at once");
});
