import type { Settings } from "./facts";

/** Every sentence of the view's frame, in one place; each of its parts has its own. */

export const notShown = (why: string) => `Click to patch can't be shown: ${why}`;
export const size = (layers: number, heads: number) =>
  `${layers} layers × ${heads} heads`;
export const prediction = "the new prediction";
export const needsKernel =
  "This saved page holds single clicks: run the notebook for this combination.";
/** Whatever else it is. */
export const notHeld =
  "This saved page doesn't hold it: run the notebook to ask for it.";
export const gone =
  "The kernel went before the new prediction came: run the cell again.";
export const notPredicted = (why: string) => `The new prediction can't be had: ${why}`;
export const noSprites = (why: string) => `The emoji could not be fetched: ${why}`;
export const damaged = (name: string, wanted: number, came: number) =>
  `a damaged answer came: ${name} has ${came} numbers, not ${wanted}`;
export const patch = "edit";
export const mark = "mark";
export const unmark = "unmark";
export const edits = (count: number) =>
  count === 0 ? "no edit" : count === 1 ? "1 edit" : `${count} edits`;
export const status = (model: string, edits: string, says: string) =>
  `${model} · ${edits} · ${says}`;
export const says = (name: string, share: string) => `the model says ${name}, ${share}`;
export const unknown = "what the model says is not known";
export const flipped = (name: string, share: string) => `flipped to ${name}, ${share}`;
export const before = (now: string, name: string) =>
  `${now}; without edits it says ${name}`;

/** What each kind puts in place of what is there. */
export const KIND_NAMES: Readonly<Record<Settings["kind"], string>> = {
  patch: "Patch",
  zero: "Zero",
  mean: "Mean",
  resample: "Resample",
  noise: "Noise",
  steer: "Steer",
};

/** What of a token can be edited. */
export const SITE_NAMES: Readonly<Record<Settings["site"], string>> = {
  resid_pre: "Stream in",
  resid_mid: "Stream between",
  resid_post: "Stream out",
  attn_out: "Attention",
  mlp_out: "MLP",
};
