import { describe, expect, it } from "vitest";
import {
  ClassMap,
  classMapFrom,
  Readings,
  readingsFrom,
} from "../../src/lens/readings";
import { arraysOf, entropyOf, MADE, madeLogits, ordered, softmax } from "./made_lens";

const LOGITS = madeLogits(3);
const CELLS = LOGITS.flatMap((row, index) =>
  row.map((logits, token) => ({ layer: index - 1, token, logits })),
);

describe("Readings", () => {
  const readings = new Readings(arraysOf(LOGITS), MADE);

  it("names the likeliest classes with the softmax of their logits", () => {
    for (const { layer, token, logits } of CELLS) {
      const order = ordered(logits);
      for (let k = 0; k < MADE.tops; k++) {
        const target = order[k] ?? -1;
        expect(readings.top(layer, token, k)).toBe(target);
        expect(readings.logit(layer, token, k)).toBe(logits[target]);
        const share = softmax(logits)[target] ?? 0;
        expect(readings.probability(layer, token, k)).toBeCloseTo(share, 5);
      }
      expect(readings.entropy(layer, token)).toBeCloseTo(entropyOf(logits), 5);
    }
  });

  it("gives any logit its probability among all classes", () => {
    for (const { layer, token, logits } of CELLS) {
      const sum = logits
        .map((logit) => readings.probabilityOf(layer, token, logit))
        .reduce((total, share) => total + share, 0);
      expect(sum).toBeCloseTo(1, 5);
    }
  });

  it("follows classes of a token through all layers", () => {
    for (const { layer, token, logits } of CELLS) {
      const followed = readings.followed(token);
      expect(followed).toHaveLength(MADE.follows);
      followed.forEach((target, k) => {
        expect(readings.followedLogit(layer, token, k)).toBe(logits[target]);
      });
    }
  });

  it.each([
    "top_classes",
    "top_logits",
    "normaliser",
    "entropy",
    "followed_classes",
    "followed_logits",
  ] as const)("refuses %s of another size", (name) => {
    const arrays = arraysOf(LOGITS);
    const wrong = { ...arrays, [name]: arrays[name].subarray(1) };
    expect(() => new Readings(wrong, MADE)).toThrow(/has \d+ values/);
  });
});

describe("answers", () => {
  it("are read by name", () => {
    const arrays = Object.entries(arraysOf(LOGITS)).map(([name, values]) => ({
      name,
      dtype: values instanceof Uint16Array ? ("uint16" as const) : ("float32" as const),
      shape: [values.length],
      values,
    }));
    const readings = readingsFrom(arrays.reverse(), MADE);
    expect(readings.top(2, 6)).toBe(ordered(LOGITS[3]?.[6] ?? [])[0]);
    expect(() => readingsFrom(arrays.slice(1), MADE)).toThrow(/is not in the answer/);
  });

  it("of a class are of each layer and token", () => {
    const values = Float32Array.from({ length: 28 }, (_, at) => at);
    const map = new ClassMap(
      { logits: values, ranks: values.map((at) => 2 * at) },
      MADE,
    );
    expect(map.logit(-1, 0)).toBe(0);
    expect(map.logit(2, 6)).toBe(27);
    expect(map.rank(1, 3)).toBe(2 * (2 * 7 + 3));
    expect(() => classMapFrom([], MADE)).toThrow("logits is not in the answer");
    const short = { logits: values, ranks: values.subarray(1) };
    expect(() => new ClassMap(short, MADE)).toThrow("ranks has 27 values, not 28");
  });
});
