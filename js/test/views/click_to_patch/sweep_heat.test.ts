import { expect, it } from "vitest";
import type { PatcherSweep } from "../../../src/core/state.gen";
import { SweepHeat } from "../../../src/views/click_to_patch/sweep_heat";

const SIZES = { layers: 2, heads: 2, tokens: 3 };
const QUESTION = {
  over: "heads",
  layer: -1,
  source: "dog",
  target: -1,
  metric: "difference",
  direction: "denoising",
};

function heatWith(preview: Float32Array | null, why: string | null = null) {
  return new SweepHeat(SIZES, { get: () => preview as never, whyNot: () => why });
}

function sweep(values: number[], changes: Partial<PatcherSweep> = {}): PatcherSweep {
  const bytes = new Float32Array(values);
  const array = { dtype: "float32" as const, shape: [values.length], data: bytes };
  return { ...QUESTION, values: array, correlation: -2, ...changes };
}

it("shows the preview until a sweep of the same question begins", () => {
  const preview = new Float32Array([1, 2, 3, 4]);
  const heat = heatWith(preview);
  expect(heat.of(QUESTION)).toEqual({
    preview,
    exact: null,
    correlation: null,
    why: null,
  });
  heat.take(sweep([Number.NaN, 0.5, Number.NaN, 1], { correlation: 0.75 }));
  expect(heat.of(QUESTION)).toMatchObject({
    preview,
    exact: new Float32Array([Number.NaN, 0.5, Number.NaN, 1]),
    correlation: 0.75,
  });
  expect(heat.of({ ...QUESTION, metric: "kl" }).exact).toBeNull();
  expect(heat.of({ ...QUESTION, source: "cow" }).exact).toBeNull();
});

it("keeps what earlier sweeps found, while the newest goes on", () => {
  const heat = heatWith(null, "no kernel");
  heat.take(sweep([1, 2, 3, 4]));
  heat.take(sweep([5, 6, 7, 8, 9, 10], { over: "q", layer: 1 }));
  heat.take(sweep([], { over: "" })); // none
  expect(heat.of(QUESTION).exact).toEqual(new Float32Array([1, 2, 3, 4]));
  expect(heat.of(QUESTION)).toMatchObject({ correlation: null, why: "no kernel" });
  const other = { ...QUESTION, over: "q", layer: 1 };
  expect(heat.of(other).exact).toHaveLength(6);
});

it("refuses values of another grid", () => {
  expect(() => heatWith(null).take(sweep([1, 2]))).toThrow(
    "a sweep of 4 cells came with 2 values",
  );
});
