import type { Shown } from "./facts";

/** With the verb for one token, and for several. */
const SENTENCES: Readonly<Record<Shown, Record<"row" | "column", string>>> = {
  pattern: { row: "where TOKEN looks|look", column: "who looks at TOKEN" },
  scores: {
    row: "how well TOKEN fits|fit with each token, before the softmax",
    column: "how well each token fits with TOKEN, before the softmax",
  },
  written: {
    row: "how much TOKEN takes|take from each token",
    column: "how much each token takes from TOKEN",
  },
  rollout: {
    row: "what can reach TOKEN, by attention alone",
    column: "what TOKEN can reach, by attention alone",
  },
};

/** Every sentence of the tour, in one place. */
export const WORDS = {
  notShown: (why: string) => `The tour can't be shown: ${why}`,
  chooseToken: "Choose a token",
  hoverHint: "Point at a patch. Click to keep it; drag for several.",
  keptHint: "Kept. Click it again to let go.",
  prefixTokens: "Tokens without a place in the picture",
  picture: "Picture: arrow keys choose the patch, Enter keeps it",
  largeView: "Large view",
  or: "or",
  attention: "Attention of the chosen head: arrow keys read its values",
  allHeads: "All heads",
  headGrid: "All heads: arrow keys walk, Enter opens a head in the large view",
  controls: "How attention is shown",
  direction: "Direction",
  directions: {
    row: "What this token looks at",
    column: "Who looks at this token",
  },
  scale: "Colours",
  scales: { linear: "Linear", log: "Log" },
  maximum: "Maximum",
  maxima: { head: "Per head", shared: "Shared" },
  shown: "Show",
  shownNames: {
    pattern: "Attention",
    scores: "Before softmax",
    written: "What is written",
    rollout: "Rollout",
  },
  keep: "choose",
  open: "open",
  whichSide: "Heads of",
  loading: (what: string) => `fetching ${what} …`,
  loadingLayers: (here: number, all: number) =>
    `fetching layers: ${here} of ${all} are here …`,
  layer: (layer: number) => `layer ${layer}`,
  missing: (what: string) => `${what} had not come when the kernel went`,
  failed: (what: string) => `${what} could not be fetched: choose it again`,
  noToken: (model: string, token: string) => `${model} has no ${token}`,
  noHead: (model: string, head: string) => `${model} has no ${head}`,
  theseRows: (token: string) => `The attention of ${token}`,
  thisLayer: (layer: number) => `Layer ${layer}`,
  notLoaded: (what: string, why: string) => `${what} could not be loaded: ${why}`,
  patches: (first: string, last: string) =>
    `patches ${first.replace("patch ", "")} to ${last.replace("patch ", "")}`,
  notExact: (why: string) => `The exact value could not be read: ${why}`,
  above: "above the colour bar",
  below: "below the colour bar",
  noLog: "Scores may be negative: they have no logarithm.",
  size: (layers: number, heads: number) => `${layers} layers × ${heads} heads`,
  strongest: (patch: string) => `Strongest ${patch}`,
  upToLayer: (layer: number) => `Through layer ${layer}`,
  sentence: (
    shown: Shown,
    token: string,
    direction: "row" | "column",
    count: number,
  ): string =>
    SENTENCES[shown][direction]
      .replace(/(\w+)\|(\w+)/, count > 1 ? "$2" : "$1")
      .replace("TOKEN", token),
  sideName: (side: number, name: string) => `${side + 1}: ${name}`,
  upTo: (name: string, most: string) => `${name}: patches up to ${most}`,
} as const;

/** What each key does, for the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["Tab", "go to the switches, the picture, the large view, the heads"],
  ["Arrow keys", "walk over patches or heads; up from the top row: cls"],
  ["Home, End", "to the ends of a row; with Ctrl to the corners"],
  ["Shift + arrow keys", "choose several patches: the mean of their rows is shown"],
  ["Enter or Space", "keep the patch; open the head in the large view"],
  ["V", "attention, scores before the softmax, what is written, rollout"],
  ["D", "what this token looks at, or who looks at it"],
  ["S", "linear or logarithmic colours"],
  ["M", "brightest colour for each head, or one for all heads"],
  ["N, P", "next and previous stop of the guided tour"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo; do again"],
  ["K", "pin the head in the large view, or unpin it"],
  ["+  −  0", "in the matrix of all tokens: closer, wider, all of it"],
  ["?", "this help; Escape closes it"],
];

/** What the colours mean, for the help. */
export const EXPLANATION: readonly string[] = [
  "Each head of a vision transformer lets every token (a patch of the picture, or cls) " +
    "look at all tokens, with weights that add up to 1. Bright means much attention.",
  "Colours run from 0 to the largest weight among the patches (of that head, or of all " +
    "heads). Tokens without a place in the picture stand beside it; they may lie above " +
    "the bar, marked ▲. A log scale covers a factor of 1000.",
  "A value with ± comes from the rounded copy in the page, and lies within that margin. " +
    "At the pointer the exact one follows as soon as the kernel has answered.",
  "“Before softmax” shows the scores that become weights. “What is written” weighs each " +
    "weight with the length of the value that it lets through (Kobayashi et al., 2020): " +
    "a token may be looked at and give nothing. “Rollout” follows the mean of all heads " +
    "down to the input (Abnar and Zuidema, 2020), as if nothing else happened there.",
  "A head's type stands with what it was told by: object 0.88. Each type has a measure of " +
    "its own, so numbers of two types can't be compared.",
];
