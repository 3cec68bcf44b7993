import type { Settings } from "../facts";

/** Every sentence of the toolbar, in one place. */

export const controls = "What a click does";
export const donor = "Donor";
export const kind = "Put there";
export const kindHints = {
  patch: "what the same place has in the donor's run",
  zero: "nothing",
  mean: "the average over the reference images, token by token",
  resample: "what one of the reference images has, drawn by chance",
  noise: "the value and random numbers on top",
  steer: "the value and, on top, the way from clean to donor",
} satisfies Record<Settings["kind"], string>;
export const strength = "Strength";
export const layer = "Layer";
export const site = "Patches are edited at";
export const target = "Wanted class";
export const chooseTarget = "want";
export const asDonor = "As donor";
export const asDonorHint = (name: string) => `Want what the donor shows: ${name}`;
export const removeAll = "Remove all";
export const removing = "remove all";
export const nothingToRemove = "Nothing is edited";

/** What each key does, for the help. */
export const keys: readonly (readonly [string, string])[] = [
  ["Tab", "go to the next part"],
  ["Arrow keys", "walk over patches, heads or cells"],
  ["Enter or Space", "edit; once more takes the edit away"],
  ["Shift + arrow keys", "in an image: take a rectangle of patches"],
  ["[ and ], or , and .", "one layer back; one layer on"],
  ["K", "next kind of edit"],
  ["D", "next donor"],
  ["S", "next place in the layer"],
  ["G", "click, brush or rectangle"],
  ["H", "heat over the images"],
  ["C", "choose the wanted class"],
  ["P", "the proof of the prediction"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo; do again"],
  ["?", "this help; Escape closes it"],
];

/** What is seen, for the help. */
export const explanation: readonly string[] = [
  "Click a patch, a head or a cell: what is computed there for the clean image is " +
    "replaced by what the donor image has there, and everything after it is computed " +
    "anew. If the answer changes, that place carried it (activation patching).",
  "Edits act together. “Zero”, “Mean”, “Resample” and “Noise” take something away: if " +
    "the answer holds, the place did not matter.",
  "A sweep tries every cell of a grid alone: 0 leaves the answer as it is, 1 makes it " +
    "the donor's. Until exact values come, hatched cells show an approximation " +
    "(attribution patching).",
  "A flip by itself proves little. “Proof” shows that just the edits did it; “Controls” " +
    "tries random places and other values; “Replay” tries other images.",
];
