import { shortNumber } from "../core/numbers";

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

/** Every sentence of a lens, in one place (but for those of its larger panels, and those
 * that name what tokens are read as). */
export const WORDS = {
  controls: "What is shown",
  mode: "Show",
  heat: "by",
  heats: { logit: "Logit", probability: "Probability", rank: "Rank" },
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
  sameAs: (token: string, layer: string) =>
    `${token} at ${layer}, the last layer, says just this: the answer is read there.`,
  readout: "What the token says",
  atLayer: (token: string, layer: string) => `${token} at ${layer}`,
  selected: "selected",
  artifact: "unusually long vector: an “artifact” token",
  undecided: (value: number, most: number) =>
    `Entropy ${value.toFixed(2)} nats of at most ${most.toFixed(2)}`,
  vectorNorm: (value: string) => `norm ${value}`,
  valueOf: (title: string, value: string) => `${title}: ${value}`,
  nats: (value: number) => `${value.toFixed(2)} nats`,
  percent,
  signed,
  ordinal,
  legendSuper: "Patches by superclass",
  legendSuperHint:
    "Point at one to see its patches. Click for a mask of all its classes.",
  patches: (count: number) => (count === 1 ? "1 patch" : `${count} patches`),
  more: (count: number) => `and ${count} more`,
  fewer: "show fewer",
  says: (name: string, probability: string) => `${name}, ${probability}`,
  also: (value: string) => `· ${value}`,
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
} as const;

/** The sentences that name what tokens are read as: classes, or words of a person's own. */
export type KindWords = ReturnType<typeof kindWords>;

/**
 * @param one of what tokens are read as: "class"
 * @param many "classes"
 */
export function kindWords(one: string, many: string) {
  const title = `${one.charAt(0).toUpperCase()}${one.slice(1)}`;
  return {
    modes: {
      emoji: "Emoji",
      class: title,
      superclass: "Superclass",
      heat: `One ${one}`,
      entropy: "Entropy",
      mask: "Mask",
    },
    onlyDifference: `Two ${many} are compared: colours are the difference of their logits.`,
    same: `A ${one} can't be compared with itself: choose another one.`,
    choose: `Which ${one}? Search for one, or click one in the legend.`,
    rank: (place: number, all: number) => `${ordinal(place)} of ${all}`,
    bars: {
      logit: (name: string) => `Logit of ${name}`,
      probability: (name: string) => `Probability of ${name}`,
      rank: (name: string) => `Place of ${name} among all ${many}`,
      entropy: "Entropy: bright is undecided",
      difference: (name: string, other: string) =>
        `Logit of ${name} (orange) less that of ${other} (blue)`,
    },
    legend: `Patches by ${one}`,
    legendHint: `Point at one to see its patches. Click to study the ${one}.`,
    legendMaskHint: `Click a ${one} to put it into the mask, or to take it out.`,
    tooSmall: `too small for emoji: ${one} colours (zoom in for emoji)`,
    mask: {
      explanation: `Patches are marked whose likeliest ${one} at this layer is one of these:`,
      none: `No ${one} yet: add some below, or click ${many} in the legend.`,
      absent: `No ${one} here is called so`,
      noObject:
        `None of these ${many} is a known object: add one to see how well the mask ` +
        "fits.",
    },
  };
}
