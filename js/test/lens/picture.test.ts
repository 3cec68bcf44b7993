import { describe, expect, it } from "vitest";
import { countPatches } from "../../src/lens/legend/counts";
import { emojiSize } from "../../src/lens/picture/emoji_cells";
import { tokenOfOutput } from "../../src/lens/readout/output_token";
import { MADE, madeFacts, madeLogits, ordered, softmax } from "./made_lens";

describe("emojiSize", () => {
  it("grows with the probability from a third to all of the room", () => {
    const sizes = [0, 0.02, 0.1, 0.3, 0.6, 1].map((share) => emojiSize(share, 40, 9));
    expect(sizes).toEqual([...sizes].sort((one, other) => one - other));
    expect(new Set(sizes).size).toBe(sizes.length);
    expect([sizes[0], sizes.at(-1)]).toEqual([14, 40]);
  });

  it("is never too small to see", () => {
    expect(emojiSize(0, 12, 9)).toBe(9);
    expect(emojiSize(1, 12, 9)).toBe(12);
  });
});

describe("countPatches", () => {
  it.each(["class", "superclass"] as const)("counts patches by %s", (of) => {
    const facts = madeFacts(4);
    const row = madeLogits(4)[2] ?? [];
    const found = countPatches({ facts, readings: facts.opening.readings }, 1, of);
    const kinds = row.slice(1).map((logits) => {
      const [top = 0] = ordered(logits);
      return of === "class" ? top : (facts.superclassOf[top] ?? 0);
    });
    for (const { index, patches } of found) {
      expect(patches).toBe(kinds.filter((kind) => kind === index).length);
    }
    expect(found.map(({ index }) => index).sort()).toEqual([...new Set(kinds)].sort());
    const counts = found.map(({ patches }) => patches);
    expect(counts).toEqual([...counts].sort((one, other) => other - one));
  });
});

describe("tokenOfOutput", () => {
  const facts = madeFacts(1);
  const outputOf = (token: number) => {
    const logits = madeLogits(1)[MADE.rows - 1]?.[token] ?? [];
    const targets = ordered(logits).slice(0, MADE.tops);
    return targets.map((target) => ({
      target,
      probability: softmax(logits)[target] ?? 0,
    }));
  };

  it("is cls where the model's answer is read there", () => {
    expect(tokenOfOutput({ ...facts, output: outputOf(0) })).toBe(0);
  });

  it("is none where it is not", () => {
    expect(tokenOfOutput({ ...facts, output: outputOf(3) })).toBeNull();
    const less = outputOf(0).map((each) => ({ ...each, probability: 0.1 }));
    expect(tokenOfOutput({ ...facts, output: less })).toBeNull();
    const tuned = { ...facts.opening, lens: "tuned" };
    const output = outputOf(0);
    expect(tokenOfOutput({ ...facts, opening: tuned, output })).toBeNull();
  });
});
