import { expect, it } from "vitest";
import {
  editsOf,
  type Flip,
  flipFrom,
  flipSentences,
} from "../../../../src/views/click_to_patch/findings/flip_answer";

const ORDER = ["cls", "(0,0)", "(0,1)", "(1,0)"];
const HEADS: Flip = {
  found: true,
  steps: [
    { address: "L2.H1", tokens: [], margin: -0.5 },
    { address: "L1.H0", tokens: [], margin: 0.75 },
  ],
  baseMargin: -2,
  dropped: ["L0.H3"],
  runs: 24,
};

function said(changes: Partial<Flip>, over = "heads"): string {
  return flipSentences({ ...HEADS, ...changes }, over, "dog").join(" ");
}

it("makes edits of the first steps", () => {
  const shared = { tokens: [], kind: "patch", strength: 1, source: "dog", seed: 0 };
  expect(editsOf(HEADS.steps, "dog", ORDER)).toEqual([
    { address: "L2.H1", ...shared, switch: "on" },
    { address: "L1.H0", ...shared, switch: "on" },
  ]);
  expect(editsOf([], "dog", ORDER)).toEqual([]);
});

it("joins the tokens of one component, in the order of the image", () => {
  const steps = [
    { address: "L0.resid_pre", tokens: ["(1,0)"], margin: -1 },
    { address: "L2.H1", tokens: ["cls"], margin: -0.5 },
    { address: "L0.resid_pre", tokens: ["(0,1)"], margin: 0.5 },
  ];
  const edits = editsOf(steps, "dog", ORDER);
  expect(edits.map(({ address, tokens }) => [address, tokens])).toEqual([
    ["L0.resid_pre", ["(0,1)", "(1,0)"]],
    ["L2.H1", ["cls"]],
  ]);
});

it("says what was found and how sure that is", () => {
  expect(said({})).toBe(
    "2 heads are enough: dog is ahead by 0.7500. " +
      "No single one does it: all were tried. And none of these can be left out. " +
      "Taken first, then not needed: L0.H3. 24 runs of the model.",
  );
  const one = { steps: HEADS.steps.slice(1), dropped: [] };
  expect(said(one, "patches")).toBe(
    "1 patch is enough: dog is ahead by 0.7500. 24 runs of the model.",
  );
});

it("says that nothing was found, and how far it came", () => {
  const found = { found: false, steps: HEADS.steps.slice(0, 1), dropped: [] };
  expect(said(found)).toContain("Not found: with 1 head dog is still 0.5000 behind.");
  const none = { ...found, steps: [] };
  expect(said(none)).toContain("Not found: with 0 heads dog is still 2.000 behind.");
});

it("reads an answer", () => {
  const { steps } = HEADS;
  const result = { found: true, steps, base_margin: -2, dropped: [], n_runs: 24 };
  expect(flipFrom(result)).toEqual({ ...HEADS, dropped: [] });
  expect(() => flipFrom({ found: true })).toThrow("steps is no list");
});
