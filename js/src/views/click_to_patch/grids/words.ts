import type { Edited } from "./cell_marks";
import type { Certainty } from "./cell_values";

const WALK = "arrow keys walk, Enter edits, M marks";
const TOKEN_HINT = "Click or drag over cells; the name of a row is all its tokens.";

/** Every sentence of the grids and their sweeps, in one place. */

export const panel = "Where the answer is decided";
export const shown = "Grid";
export const grids = {
  heads: "Heads",
  tokens: "Tokens",
  head_tokens: "Heads at tokens",
} as const;
export const part = "Part of a head";
export const parts = { z: "Output", q: "Query", k: "Key", v: "Value" } as const;
export const hint = {
  heads: "Layers down, heads across. Click a head to edit it at all tokens.",
  tokens: (site: string) => `${site}: layers down, tokens across. ${TOKEN_HINT}`,
  head_tokens: (layer: number) =>
    `Layer ${layer}: heads down, tokens across. ${TOKEN_HINT}`,
} as const;
export const grid = {
  heads: `Heads of all layers: ${WALK}`,
  tokens: `Tokens at all layers: ${WALK}`,
  head_tokens: `Heads of one layer at tokens: ${WALK}`,
} as const;
export const pointAt = "Point at a cell to read its value.";
export const toggleBlock = "edit cells";
export const allTokens = (address: string) => `${address} at all tokens`;
export const value = (name: string, value: string, certainty: string) =>
  `${name}: ${value}, ${certainty}`;
export const noValue = (name: string) => `${name}: no value yet`;
export const certainty = {
  exact: "exact",
  approximate: "approximation",
  unknown: "no value yet",
} satisfies Record<Certainty, string>;
export const edited = {
  no: "not edited",
  off: "edited, but switched off",
  partly: "edited at some tokens",
  on: "edited",
} satisfies Record<Edited, string>;
export const marked = "marked";
export const open = (count: number, all: number) =>
  `${count} of ${all} can be clicked; grey needs a kernel.`;
export const and = (parts: readonly string[]) => parts.join(" · ");
export const scale = {
  denoising: "share of the way from the clean image (0) to the donor (1)",
  noising: "1: the untouched donor; near 0: the donor's answer needs this part",
} as const;
export const legend = "What the cells look like";
export const looks = {
  exact: "exact",
  approximate: "approximation (attribution patching)",
  on: "edited",
  partly: "at some tokens",
  off: "switched off",
  marked: "marked",
} as const;
export const metric = "Measure";
export const metrics = {
  difference: "Logit difference",
  logit: "Logit",
  probability: "Probability",
  kl: "Divergence",
} as const;
export const metricHints = {
  difference:
    "The logit of the class that you want − that of what the clean image shows.",
  logit: "The logit of the class that you want.",
  probability: "The probability of the class that you want.",
  kl: "How far the whole answer is from the clean one (KL divergence).",
} as const;
export const direction = "Way";
export const directions = {
  denoising: "Donor into clean",
  noising: "Clean into donor",
} as const;
export const directionHints = {
  denoising: "A part of the donor's run comes into the clean one: near 1, it suffices.",
  noising: "A part of the clean run comes into the donor's: near 0, it is needed.",
} as const;
export const asks = "What a sweep measures";
export const sweep = "Sweep";
export const start = (count: number) => `Sweep all ${count} exactly`;
export const otherSweep = "the sweep that runs is of another grid or choice";
export const allExact = "All values here are exact already.";
export const exactSoFar = (exact: number, count: number) =>
  `${exact} of ${count} exact`;
export const failed = (why: string) => `The sweep ended: ${why}`;
export const agrees = (correlation: string) => `preview agrees in rank ${correlation}`;
export const strongest = "Strongest first";
export const strongestHint = "Click one to edit it.";
export const noneYet = "No values yet.";
export const noPreview = (why: string) => `No preview: ${why}`;
export const working = "Working out the preview …";
