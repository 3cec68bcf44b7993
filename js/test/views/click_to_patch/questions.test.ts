import { expect, it } from "vitest";
import type { Answer } from "../../../src/core/requests";
import type { Settings } from "../../../src/views/click_to_patch/facts";
import {
  cellsOf,
  predictQuestion,
  previewQuestion,
  sweepQuestion,
} from "../../../src/views/click_to_patch/questions";
import * as WORDS from "../../../src/views/click_to_patch/words";

const SETTINGS = {
  grid_shown: "heads",
  layer: 2,
  site: "attn_out",
  part: "q",
  source: "dog",
  target: -1,
  metric: "logit",
  direction: "noising",
} as Settings;

const asked = (changes: Partial<Settings> = {}) => {
  const settings = { ...SETTINGS, ...changes };
  return sweepQuestion({ get: (name) => settings[name] });
};

function answer(name: string, values: number[]): Answer {
  const array = { name, dtype: "float32" as const, shape: [values.length] };
  return { result: {}, arrays: [{ ...array, values: new Float32Array(values) }] };
}

it("asks for the grid on show, and names a layer only where that has one", () => {
  const rest = { source: "dog", target: -1, metric: "logit", direction: "noising" };
  expect(asked()).toEqual({ over: "heads", layer: -1, ...rest });
  expect(asked({ grid_shown: "tokens" })).toEqual({
    over: "attn_out",
    layer: -1,
    ...rest,
  });
  expect(asked({ grid_shown: "head_tokens" })).toEqual({
    over: "q",
    layer: 2,
    ...rest,
  });
});

it("knows the size of each grid", () => {
  const sizes = { layers: 3, heads: 4, tokens: 7 };
  expect(cellsOf(asked(), sizes)).toBe(12);
  expect(cellsOf(asked({ grid_shown: "tokens" }), sizes)).toBe(21);
  expect(cellsOf(asked({ grid_shown: "head_tokens" }), sizes)).toBe(28);
});

it("reads a prediction from its logits", () => {
  const edits = [
    {
      address: "L0.H0",
      tokens: [],
      kind: "zero" as const,
      strength: 1,
      source: "",
      seed: 0,
    },
  ];
  const question = predictQuestion(edits, 2);
  expect(question.request).toEqual({ interventions: edits });
  const { top, probabilities } = question.read(answer("logits", [0, Math.log(3)]));
  expect(top).toBe(1);
  expect(probabilities[1]).toBeCloseTo(0.75, 6);
});

it("tells an empty answer of a saved page from a damaged one", () => {
  const empty = { result: {}, arrays: [] };
  expect(() => predictQuestion([], 2).read(empty)).toThrow(WORDS.needsKernel);
  expect(() => previewQuestion(asked(), 2).read(empty)).toThrow(WORDS.notHeld);
  expect(() => predictQuestion([], 3).read(answer("logits", [1, 2]))).toThrow(
    "logits has 2 numbers, not 3",
  );
});
