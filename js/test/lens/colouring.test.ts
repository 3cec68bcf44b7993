import { describe, expect, it } from "vitest";
import type { Settings } from "../../src/lens/lens";
import { ClassColours } from "../../src/lens/modes/class_colours";
import { type Colouring, colouringOf } from "../../src/lens/modes/colouring";
import { ClassMap } from "../../src/lens/readings";
import { kindWords } from "../../src/lens/words";
import {
  entropyOf,
  MADE,
  madeFacts,
  madeLogits,
  madeReadings,
  madeSettings,
  ordered,
  softmax,
} from "./made_lens";

const LOGITS = madeLogits(1);
const CELLS = LOGITS.flatMap((row, index) =>
  row.map((logits, token) => ({ layer: index - 1, token, logits })),
);
const PATCHES = CELLS.filter(({ token }) => token > 0);

function mapOf(target: number): ClassMap {
  const cells = LOGITS.flat();
  const logits = Float32Array.from(cells.map((cell) => cell[target] ?? 0));
  const ranks = Float32Array.from(
    cells.map((cell) => cell.filter((logit) => logit > (cell[target] ?? 0)).length),
  );
  return new ClassMap({ logits, ranks }, MADE);
}

function colouring(changes: Partial<Settings>, maps = [2, 5]): Colouring | null {
  const facts = madeFacts(1);
  return colouringOf({
    facts,
    words: kindWords("class", "classes"),
    readings: madeReadings(LOGITS),
    classMap: (target) => (maps.includes(target) ? mapOf(target) : null),
    classColours: new ClassColours(facts),
    settings: madeSettings(changes) as never,
  });
}

/** Check each token's colour number against its value's place in a range. */
function expectScaled(
  found: Colouring | null,
  value: (logits: readonly number[]) => number,
  low: number,
  high: number,
): void {
  for (const { layer, token, logits } of CELLS) {
    const place = (value(logits) - low) / (high - low);
    const number = 255 * Math.min(1, Math.max(0, place));
    expect(Math.abs((found?.number(layer, token) ?? -9) - number)).toBeLessThan(0.51);
  }
}

describe("colours of kinds", () => {
  it("are one for each class, and the same for it everywhere", () => {
    const found = colouring({ mode: "class" });
    const numbers = new Map<number, number>();
    for (const { layer, token, logits } of CELLS) {
      const [top = -1] = ordered(logits);
      const number = found?.number(layer, token) ?? -1;
      expect(numbers.get(top) ?? number).toBe(number);
      numbers.set(top, number);
    }
    expect(new Set(numbers.values()).size).toBe(numbers.size);
    const colours = [...numbers.values()].map((number) => found?.table[number]);
    expect(new Set(colours).size).toBe(numbers.size);
  });

  it("tell what is in the mask", () => {
    const found = colouring({ mode: "mask", mask: [0, 3, 7] });
    for (const { layer, token, logits } of CELLS) {
      const within = [0, 3, 7].includes(ordered(logits)[0] ?? -1);
      expect(found?.number(layer, token)).toBe(within ? 1 : 0);
    }
    expect(found?.opacity(1)).toBe(0);
  });
});

describe("colours of values", () => {
  it("show entropy from none to that of all classes alike", () => {
    const found = colouring({ mode: "entropy" });
    expectScaled(found, entropyOf, 0, Math.log(MADE.classes));
    expect(found?.bar?.ticks.map(({ text }) => text)).toEqual([
      "0.00 nats",
      "1.10 nats",
      "2.20 nats",
    ]);
  });

  it("show a class's probability up to its largest in any patch of any layer", () => {
    const share = (logits: readonly number[]) => softmax(logits)[2] ?? 0;
    const most = Math.max(...PATCHES.map(({ logits }) => share(logits)));
    const found = colouring({ mode: "heat", heat: "probability", target: 2 });
    expectScaled(found, share, 0, most);
    expect(found?.bar?.ticks.at(-1)?.text).toBe(`${(100 * most).toFixed(1)}\u00a0%`);
  });

  it("show a class's logit between its extremes", () => {
    const logit = (logits: readonly number[]) => logits[5] ?? 0;
    const all = PATCHES.map(({ logits }) => logit(logits));
    const found = colouring({ mode: "heat", heat: "logit", target: 5 });
    expectScaled(found, logit, Math.min(...all), Math.max(...all));
  });

  it("show a class's rank, the first brightest, the last darkest", () => {
    const found = colouring({ mode: "heat", heat: "rank", target: 5 });
    for (const { layer, token, logits } of CELLS) {
      const place = ordered(logits).indexOf(5) + 1;
      const share = 1 - Math.log(place) / Math.log(MADE.classes);
      expect(found?.number(layer, token)).toBe(Math.round(255 * share));
      const suffix = { 1: "st", 2: "nd", 3: "rd" }[place] ?? "th";
      expect(found?.value?.(layer, token)).toBe(`${place}${suffix} of 9`);
    }
  });

  it("show a difference of logits with zero in the middle", () => {
    const difference = (logits: readonly number[]) =>
      (logits[2] ?? 0) - (logits[5] ?? 0);
    const most = Math.max(...PATCHES.map(({ logits }) => Math.abs(difference(logits))));
    const changes = { mode: "heat", heat: "rank", target: 2, versus: 5 } as const;
    const found = colouring(changes);
    expectScaled(found, difference, -most, most);
    expect(found?.bar?.ticks[1]).toEqual({ at: 0.5, text: "0" });
    const [red, green, blue] = new Uint8Array(
      found?.table.slice(127, 129).buffer ?? [],
    );
    expect(Math.min(red ?? 0, green ?? 0, blue ?? 0)).toBeGreaterThan(230);
  });

  it("wait for the maps that they need", () => {
    expect(colouring({ mode: "heat", target: -1 })).toBeNull();
    expect(colouring({ mode: "heat", target: 3 })).toBeNull();
    expect(colouring({ mode: "heat", target: 2, versus: 3 })).toBeNull();
  });
});
