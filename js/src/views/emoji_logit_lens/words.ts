import { shortNumber } from "../../core/numbers";

/** 0.8312 as "83.1 %"; what would read as nothing as "< 0.1 %". Lines don't break in it. */
function percent(probability: number): string {
  if (probability > 0 && probability < 0.001) return "<\u00a00.1\u00a0%";
  return `${(100 * probability).toFixed(1)}\u00a0%`;
}

/** With its sign, as differences need it. */
function signed(value: number): string {
  if (value === 0) return "0";
  return `${value > 0 ? "+" : "−"}${shortNumber(Math.abs(value))}`;
}

/** 1st, 2nd, 3rd, 4th, 11th. */
function ordinal(place: number): string {
  const teen = Math.floor(place / 10) % 10 === 1;
  return `${place}${(teen ? undefined : ["th", "st", "nd", "rd"][place % 10]) ?? "th"}`;
}

/** Every sentence of the lens, in one place (but for the help's, and those of its larger
 * panels). */
export const WORDS = {
  notShown: (why: string) => `The lens can't be shown: ${why}`,
  size: (layers: number, classes: number) => `${layers} layers, ${classes} classes`,
  controls: "What is shown",
  mode: "Show",
  modes: {
    emoji: "Emoji",
    class: "Class",
    superclass: "Superclass",
    heat: "One class",
    entropy: "Entropy",
    mask: "Mask",
  },
  heat: "by",
  heats: { logit: "Logit", probability: "Probability", rank: "Rank" },
  onlyDifference:
    "Two classes are compared: colours are the difference of their logits.",
  lens: "Lens",
  lenses: { plain: "Plain", tuned: "Tuned" },
  norm: "Norm",
  norms: { own: "Own", final: "Final" },
  lensAndNorm: (lens: string, norm: string) => `${lens} lens, ${norm} norm`,
  tokenNorms: "Token norms",
  tokenNormsTitle: "Ring the patches whose vectors are unusually long",
  choose: "choose",
  putIn: "put into the mask",
  takeOut: "take out of the mask",
  slide: "go to",
  layer: "Layer",
  layerOf: (layer: string, layers: number) =>
    layer === "embedding"
      ? "embedding, before the first of the layers"
      : `${layer}, of ${layers} layers`,
  play: "Play",
  pause: "Pause",
  picture: "What each patch says: arrow keys choose the patch",
  prefixTokens: "Tokens without a place in the picture",
  zoom: "Zoom",
  closer: "Closer",
  farther: "Farther",
  whole: "All",
  wholePicture: "All of the picture",
  output: "The model's answer",
  sameAs: (token: string, layer: string) =>
    `${token} at ${layer}, the last layer, says just this: the answer is read there.`,
  readout: "What the token says",
  atLayer: (token: string, layer: string) => `${token} at ${layer}`,
  selected: "selected",
  artifact: "unusually long vector: an “artifact” token",
  sameClass: "A class can't be compared with itself: choose another one.",
  undecided: (value: number, most: number) =>
    `Entropy ${value.toFixed(2)} nats of at most ${most.toFixed(2)}`,
  vectorNorm: (value: string) => `norm ${value}`,
  valueOf: (title: string, value: string) => `${title}: ${value}`,
  nats: (value: number) => `${value.toFixed(2)} nats`,
  percent,
  signed,
  ordinal,
  rank: (place: number, classes: number) => `${ordinal(place)} of ${classes}`,
  bars: {
    logit: (name: string) => `Logit of ${name}`,
    probability: (name: string) => `Probability of ${name}`,
    rank: (name: string) => `Place of ${name} among all classes`,
    entropy: "Entropy: bright is undecided",
    difference: (name: string, other: string) =>
      `Logit of ${name} (orange) less that of ${other} (blue)`,
  },
  legend: "Patches by class",
  legendSuper: "Patches by superclass",
  legendHint: "Point at one to see its patches. Click to study the class.",
  legendMaskHint: "Click a class to put it into the mask, or to take it out.",
  legendSuperHint:
    "Point at one to see its patches. Click for a mask of all its classes.",
  patches: (count: number) => (count === 1 ? "1 patch" : `${count} patches`),
  more: (count: number) => `and ${count} more`,
  fewer: "show fewer",
  says: (name: string, probability: string) => `${name}, ${probability}`,
  also: (value: string) => `· ${value}`,
  chooseClass: "Which class? Search for one, or click one in the legend.",
  loading: (what: string) => `fetching ${what} …`,
  missing: (what: string) => `${what} had not come when the kernel went`,
  failed: (what: string) => `${what} could not be loaded`,
  notLoaded: (what: string, why: string) => `${what} could not be loaded: ${why}`,
  reading: (lens: string, norm: string) => `the ${lens} lens with the ${norm} norm`,
  classNamed: (name: string) => `the map of ${name}`,
  sprites: "the drawings of emoji",
  artifacts: (count: number) => {
    if (count === 0) return "no unusually long tokens here";
    return count === 1
      ? "1 artifact token, ringed"
      : `${count} artifact tokens, ringed`;
  },
  tooSmall: "too small for emoji: class colours (zoom in for emoji)",
} as const;
