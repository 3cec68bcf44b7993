/** Every sentence of the tour, in one place. */
export const WORDS = {
  chooseToken: "Choose a token",
  hoverHint: "Point at a patch. Click to keep it.",
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
  help: "Help",
  copy: "Copy as Python",
  copied: "Copied",
  copyByHand: "The clipboard can't be reached: copy this by hand (Escape closes it).",
  loadingLayer: (layer: number) => `loading layer ${layer}`,
  missingLayer: (layer: number) => `layer ${layer} had not come when the kernel went`,
  loadingToken: "loading this token",
  missingToken: "this token had not come when the kernel went",
  waiting: "waiting for the kernel",
  silent: "no answer for 30 s: if the kernel is idle, run the cell again",
  detached: "detached: run the cell again",
  above: "above the colour bar",
  size: (layers: number, heads: number) => `${layers} layers × ${heads} heads`,
  strongest: (patch: string) => `Strongest: ${patch}`,
  sentence: (token: string, direction: "row" | "column") =>
    direction === "row" ? `where ${token} looks` : `who looks at ${token}`,
  upTo: (name: string, most: string) => `${name}: patches up to ${most}`,
} as const;

/** What each key does, for the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["Tab", "go to the switches, the picture, the large view, the heads"],
  ["Arrow keys", "walk over patches or heads; up from the top row: cls"],
  ["Home, End", "to the ends of a row; with Ctrl to the corners"],
  ["Enter or Space", "keep the patch; open the head in the large view"],
  ["D", "what this token looks at, or who looks at it"],
  ["S", "linear or logarithmic colours"],
  ["M", "brightest colour for each head, or one for all heads"],
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
];
