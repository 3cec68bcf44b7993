import { className } from "../../core/classes/class_facts";
import { colourIndex, type Range } from "../../core/colour_scale";
import { heatPixels } from "../../core/colours";
import { divergingIndex, divergingOpaque } from "../../core/diverging";
import { shortNumber } from "../../core/numbers";
import type { PictureBox } from "../../core/picture/patch_edges";
import type { Lens } from "../lens";
import type { ClassMap } from "../readings";
import { type KindWords, WORDS } from "../words";
import { maskPixels } from "./palettes";

/** What colours stand for, beside a colour bar. */
export interface Bar {
  title: string;
  /** `at` is 0 at the low end and 1 at the top. */
  ticks: readonly { at: number; text: string }[];
}

/** A colour for each token at each layer. */
export interface Colouring {
  /** 256 pixels, one for each colour number. */
  table: Uint32Array;
  /** The number of a token's colour. */
  number(layer: number, token: number): number;
  /** How much of the picture a colour hides, 0 to 1. */
  opacity(number: number): number;
  /** Null where colours name kinds, not values. */
  bar: Bar | null;
  /** A token's value for a person; null where there is none but its class. */
  value: ((layer: number, token: number) => string) | null;
  /** Draws on top of the colours, where there is something to draw. */
  draw?(layer: number, context: CanvasRenderingContext2D, box: PictureBox): void;
}

/** What the colours of a mode hang on. */
export const COLOURED = [
  "facts",
  "values",
  "mode",
  "heat",
  "target",
  "versus",
  "lens",
  "norm",
  "mask",
] as const;

export type Coloured = Pick<
  Lens,
  "facts" | "words" | "readings" | "classMap" | "classColours" | "settings"
>;

/** The colours of the present mode, of each token's class in one that is unknown here;
 * null until the values have come. */
export function colouringOf(lens: Coloured): Colouring | null {
  switch (lens.settings.get("mode")) {
    case "heat":
      return lens.settings.get("versus") >= 0 ? byDifference(lens) : byHeat(lens);
    case "entropy":
      return byEntropy(lens);
    case "mask":
      return byMask(lens);
    default:
      return byClass(lens);
  }
}

/** Of colours that name kinds, and no values. */
export const OF_KINDS = { opacity: () => 0.8, bar: null, value: null } as const;

function byClass({ readings, classColours }: Coloured): Colouring {
  const { table } = classColours;
  const number = (layer: number, token: number) =>
    classColours.numberOf(readings.top(layer, token));
  return { table, number, ...OF_KINDS };
}

/** The number of a superclass's colour in the table of distinct colours. */
export function superclassNumber(superclass: number | undefined): number {
  return (superclass ?? 0) % 256;
}

function byEntropy({ facts, readings, words }: Coloured): Colouring {
  const range = { low: 0, high: Math.log(facts.classes.names.length) };
  return byValue(
    range,
    (layer, token) => readings.entropy(layer, token),
    words.bars.entropy,
    WORDS.nats,
  );
}

function byHeat(lens: Coloured): Colouring | null {
  const { facts, readings, settings, words } = lens;
  const target = settings.get("target");
  const map = target < 0 ? null : lens.classMap(target);
  if (!map) return null;
  const name = className(facts.classes, target);
  const logit = (layer: number, token: number) => map.logit(layer, token);
  switch (settings.get("heat")) {
    case "rank":
      return byRank(map, name, facts.classes.names.length, words);
    case "logit":
      return byValue(rangeOf(lens, logit), logit, words.bars.logit(name), shortNumber);
    default: {
      const probability = (layer: number, token: number) =>
        readings.probabilityOf(layer, token, map.logit(layer, token));
      const { high } = rangeOf(lens, probability);
      const range = { low: 0, high };
      return byValue(range, probability, words.bars.probability(name), WORDS.percent);
    }
  }
}

function byValue(
  range: Range,
  of: (layer: number, token: number) => number,
  title: string,
  text: (value: number) => string,
): Colouring {
  const at = (place: number) => range.low + place * (range.high - range.low);
  return {
    table: heatPixels(() => 1),
    number: (layer, token) => colourIndex(of(layer, token), range, "linear"),
    opacity: (number) => 0.5 + (0.42 * number) / 255,
    bar: {
      title,
      ticks: [0, 0.5, 1].map((each) => ({ at: each, text: text(at(each)) })),
    },
    value: (layer, token) => text(of(layer, token)),
  };
}

/** The top rank is brightest; each power of ten takes the same part of the bar. */
function byRank(
  map: ClassMap,
  name: string,
  classes: number,
  words: KindWords,
): Colouring {
  const place = (rank: number) => 1 - Math.log(1 + rank) / Math.log(classes);
  const marked = [1, 10, 100, 1_000, 10_000].filter((rank) => rank < classes * 0.7);
  const ticks = [classes, ...marked.reverse()].map((ordinal) => ({
    at: Math.max(0, place(ordinal - 1)),
    text: WORDS.ordinal(ordinal),
  }));
  return {
    table: heatPixels(() => 1),
    number: (layer, token) =>
      Math.round(255 * Math.max(0, place(map.rank(layer, token)))),
    opacity: (number) => 0.5 + (0.42 * number) / 255,
    bar: { title: words.bars.rank(name), ticks },
    value: (layer, token) => words.rank(map.rank(layer, token) + 1, classes),
  };
}

function byDifference(lens: Coloured): Colouring | null {
  const { facts, settings, words } = lens;
  const [target, versus] = [settings.get("target"), settings.get("versus")];
  const map = target < 0 ? null : lens.classMap(target);
  const other = lens.classMap(versus);
  if (!map || !other) return null;
  const of = (layer: number, token: number) =>
    map.logit(layer, token) - other.logit(layer, token);
  const { low, high } = rangeOf(lens, of);
  const most = Math.max(-low, high, 0);
  const names = [
    className(facts.classes, target),
    className(facts.classes, versus),
  ] as const;
  const ticks = [-most, 0, most].map((value, index) => ({
    at: index / 2,
    text: WORDS.signed(value),
  }));
  return {
    table: divergingOpaque(),
    number: (layer, token) => divergingIndex(of(layer, token), most),
    opacity: (number) => 0.55 + (0.37 * Math.abs(number - 127.5)) / 127.5,
    bar: { title: words.bars.difference(...names), ticks },
    value: (layer, token) => WORDS.signed(of(layer, token)),
  };
}

function byMask({ readings, settings }: Coloured): Colouring {
  const classes = new Set(settings.get("mask"));
  return {
    table: maskPixels(),
    number: (layer, token) => (classes.has(readings.top(layer, token)) ? 1 : 0),
    opacity: (number) => (number === 0 ? 0.8 : 0),
    bar: null,
    value: null,
  };
}

/** The least and largest value of any patch at any layer: the slider keeps the colours'
 * meaning. Prefix tokens have other sizes and no place in the picture. */
function rangeOf(
  { facts }: Pick<Coloured, "facts">,
  of: (layer: number, token: number) => number,
): Range {
  let [low, high] = [Infinity, -Infinity];
  for (let layer = -1; layer < facts.layers; layer++) {
    for (let token = facts.grid.prefix; token < facts.sizes.tokens; token++) {
      const value = of(layer, token);
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}
