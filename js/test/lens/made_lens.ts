import { PatchGrid } from "../../src/core/grid";
import type { LensFacts } from "../../src/lens/facts";
import type { Settings } from "../../src/lens/lens";
import { Readings } from "../../src/lens/readings";
import { randomNumbers } from "../random";

/** Rows (layers and the embedding), tokens and classes of a made-up model. */
export const MADE = { rows: 4, tokens: 7, classes: 9, tops: 5, follows: 3 } as const;

/** Random logits, [row][token][class]. */
export function madeLogits(seed: number): number[][][] {
  const random = randomNumbers(seed);
  const many = <Each>(count: number, make: () => Each) =>
    Array.from({ length: count }, make);
  return many(MADE.rows, () =>
    many(MADE.tokens, () =>
      many(MADE.classes, () => Math.fround(8 * random() * random() - 2)),
    ),
  );
}

/** The softmax of a token's logits. */
export function softmax(logits: readonly number[]): number[] {
  const weights = logits.map((logit) => Math.exp(logit));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** A token's classes, the likeliest first. */
export function ordered(logits: readonly number[]): number[] {
  return logits
    .map((_, target) => target)
    .sort((one, other) => (logits[other] ?? 0) - (logits[one] ?? 0));
}

export function entropyOf(logits: readonly number[]): number {
  return softmax(logits).reduce((sum, share) => sum - share * Math.log(share), 0);
}

/** The arrays of an answer of the kind "lens". */
export function arraysOf(logits: readonly (readonly number[][])[]) {
  const cells = logits.flat();
  const followed = Array.from({ length: MADE.tokens }, (_, token) => {
    const best = Array.from({ length: MADE.classes }, (_, target) =>
      Math.max(...logits.map((row) => row[token]?.[target] ?? 0)),
    );
    return ordered(best).slice(0, MADE.follows);
  });
  const tops = cells.map((cell) => ordered(cell).slice(0, MADE.tops));
  return {
    top_classes: Uint16Array.from(tops.flat()),
    top_logits: Float32Array.from(
      cells.flatMap((cell, at) => tops[at]?.map((target) => cell[target] ?? 0) ?? []),
    ),
    normaliser: Float32Array.from(
      cells.map((cell) =>
        Math.log(cell.reduce((sum, logit) => sum + Math.exp(logit), 0)),
      ),
    ),
    entropy: Float32Array.from(cells.map(entropyOf)),
    followed_classes: Uint16Array.from(followed.flat()),
    followed_logits: Float32Array.from(
      logits.flatMap((row) =>
        row.flatMap(
          (cell, token) => followed[token]?.map((target) => cell[target] ?? 0) ?? [],
        ),
      ),
    ),
  };
}

export function madeReadings(logits: readonly (readonly number[][])[]): Readings {
  return new Readings(arraysOf(logits), MADE);
}

/** What Python says of the made-up model: cls and 2 × 3 patches. */
export function madeFacts(seed = 1): LensFacts {
  const names = Array.from({ length: MADE.classes }, (_, target) => `class ${target}`);
  const readings = madeReadings(madeLogits(seed));
  return {
    grid: new PatchGrid(2, 3, ["cls"]),
    picture: { rows: 2, columns: 3, values: new Uint8Array(18) },
    name: "made",
    layers: MADE.rows - 1,
    sizes: MADE,
    classes: { names, descriptions: names, emoji: [..."🐈🐕🐓🐟🚗🚲🍕🍎🌵"] },
    superclassOf: [0, 0, 0, 0, 1, 1, 2, 2, 2],
    superclasses: ["animal", "vehicle", "food"].map((name) => ({ name, emoji: "" })),
    modes: ["emoji", "class", "superclass", "heat", "entropy", "mask"],
    lenses: ["plain", "tuned"],
    norms: ["own"],
    tokenNorms: new Float32Array(MADE.rows * MADE.tokens),
    artifacts: new Uint8Array(MADE.rows * MADE.tokens),
    output: [],
    truth: [],
    opening: { lens: "plain", norm: "own", readings },
    readable: [],
    codeFrame: ["", ""],
  };
}

/** Settings of which each may be another. */
export function madeSettings(changes: Partial<Settings> = {}) {
  const state: Settings = {
    layer: 0,
    token: 1,
    mode: "emoji",
    heat: "probability",
    target: -1,
    versus: -1,
    lens: "plain",
    norm: "own",
    show_norms: false,
    mask: [],
    history: [],
    undone: 0,
    ...changes,
  };
  const get = <Name extends keyof Settings>(name: Name): Settings[Name] => state[name];
  return { state, get };
}
