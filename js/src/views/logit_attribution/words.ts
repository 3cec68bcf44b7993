import type { Level } from "./address";
import type { Measure } from "./facts";

/** Every sentence of the view, in one place. */
export const WORDS = {
  notShown: (why: string) => `The attribution can't be shown: ${why}`,
  size: (layers: number, heads: number) => `${layers} layers × ${heads} heads`,
  controls: "What is taken apart",
  measure: "Take apart",
  measures: {
    logit: "Logit",
    difference: "Difference",
    log_probability: "Log-probability",
  },
  target: "Class",
  versus: "Compared with",
  swap: "⇄ Swap",
  acts: { target: "choose class", versus: "compare with", swap: "swap classes" },
  opened: "open",
  output: "The model says",
  quantity: (measure: Measure, target: string, versus: string): string =>
    ({
      logit: `logit of ${target}`,
      difference: `logit of ${target} − logit of ${versus}`,
      log_probability: `log-probability of ${target}`,
    })[measure],
  shortQuantity: {
    logit: "logit",
    difference: "difference",
    log_probability: "log-probability",
  },
  unit: "logit",
  nats: "nats",
  sum: (sum: string, name: string, value: string) => `sum ${sum} = ${name} ${value}`,
  residue: (value: string) => `residue ${value}`,
  frozen: (names: readonly string[]) =>
    names.length > 0
      ? `frozen as in the real run: ${names.join(", ")}`
      : "nothing is frozen",
  whole: (reasons: readonly string[]) => `not taken apart: ${reasons.join("; ")}`,
  fetching: (what: string) => `working out ${what} …`,
  missing: (what: string) => `${what} had not come when the kernel went`,
  notLoaded: (what: string, why: string) => `${what} could not be taken apart: ${why}`,
  notInThisPage:
    "this saved page doesn't hold it: run the notebook, where everything can be asked for",
  noSprites: (why: string) => `The emoji could not be fetched: ${why}`,
  overDepth: "Through the model",
  overDepthHint: "The sum so far, step by step. Click a step to open it.",
  steps: "Steps through the model: arrow keys walk, Enter opens",
  startStep: "Embedding, and all that is of no layer",
  attentionStep: (layer: number) => `L${layer} attention`,
  mlpStep: (layer: number) => `L${layer} MLP`,
  bothStep: (layer: number) => `L${layer} attention and MLP at once`,
  step: (name: string, change: string, after: string) =>
    `${name}: ${change} → ${after}`,
  components: "Heads and MLPs",
  componentsHint: "Layers down, heads across. Click one to open it.",
  grid: "All parts, layers down and heads across: arrow keys walk, Enter opens",
  outside: "Of no layer",
  outsideGroup: "Parts of no layer",
  headColumn: (head: number) => `H${head}`,
  layer: "layer",
  columns: { attentionBias: "bias", mlp: "MLP", mlpBias: "bias" },
  beyond: "beyond the colour bar",
  bar: (name: string, value: string) => `${name}: ${value}`,
  order: "Order",
  orders: { size: "By size", place: "By place" },
  path: "What is opened",
  taken: "Taken apart",
  start: "start of the curve",
  openHint: "Click a part to open it.",
  besides: (name: string, bias: string) =>
    `The neurons of ${name}, each with what it writes. The bias ${bias} is a part of its own.`,
  levelName: (level: Level): string => {
    switch (level.kind) {
      case "all":
        return "All parts";
      case "outside":
        return "Of no layer";
      case "layer":
        return `Layer ${level.layer}`;
      case "attention":
        return "Attention";
      case "head":
        return `Head ${level.head}`;
      case "mlp":
        return "MLP";
    }
  },
  tokensOf: (address: string) => `The tokens that ${address} read`,
  rest: (count: number) => `${count} other neurons`,
  otherParts: (count: number) => `${count} weaker parts`,
  sources: "Source tokens of the head: arrow keys read their values",
  strongest: (text: string) => `Strongest ${text}`,
  largest: (text: string) => `Largest ${text}`,
  parts: (name: string) => `Parts of ${name}: arrow keys walk, Enter opens`,
} as const;

/** What terms of no layer are, by their address. */
export const TERMS: Readonly<Record<string, string>> = {
  embedding:
    "What the embedded picture (or the class token) says by itself, before any layer.",
  position: "What the position embedding says: it is the same for every picture.",
  "embedding bias": "The bias of the norm that comes before the first block.",
  "norm bias": "The final norm's bias: it is the same for every picture.",
  "class bias": "The classifier's own bias: it is the same for every picture.",
  entropy:
    "Minus the entropy of the model's output: what of a log-probability is no sum " +
    "over parts.",
  hooks: "What hooks put into the stream in this run.",
};

/** What each key does, for the help. */
export const KEYS: readonly (readonly [string, string])[] = [
  ["Tab", "go to the class, the switches, the curve, the parts, what is opened"],
  ["Arrow keys", "walk over steps, parts, bars or patches"],
  ["Home, End", "to the ends of a row; with Ctrl to the corners"],
  ["Enter or Space", "open the part"],
  ["Backspace", "back to what the open part belongs to"],
  ["C", "choose the class"],
  ["M", "logit, difference of two logits, log-probability"],
  ["O", "bars by size or by place"],
  ["Ctrl+Z, Ctrl+Shift+Z", "undo; do again"],
  ["?", "this help; Escape closes it"],
];

/** What is seen, for the help. */
export const EXPLANATION: readonly string[] = [
  "Every part of a transformer adds something to one running sum, the stream, and the " +
    "class's logit is read from that sum. So the logit is a sum over parts: embedding, " +
    "positions, every head, every MLP, and biases (Elhage et al., 2021). " +
    "Orange parts speak for the class, blue parts against it.",
  "The curve shows the sum as the model goes on, one step for each attention and each " +
    "MLP; its end is what the model says. Parts of no layer count from the start.",
  "A head opens into the tokens that it read, an MLP into its neurons. At each level the " +
    "parts add up to the whole; what rounding leaves over is printed as the residue.",
  "The final norm divides by a number that depends on all parts at once. It is held as " +
    "it was in the real run (“frozen”), and so are norms and gates within blocks where a " +
    "model has them. A part's value is therefore what it says directly, not what would " +
    "become of the answer without it.",
];
