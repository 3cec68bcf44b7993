import { describe, expect, it } from "vitest";
import { SpriteSupply, sheetOf } from "../../../src/core/emoji/sprites";
import { type Answer, DetachedError } from "../../../src/core/requests";

const BYTES = new Uint8Array([1, 2, 3]);

function answerWith(emoji: string[]): Answer {
  const sheet = { name: "sheet", dtype: "uint8" as const, shape: [3], values: BYTES };
  return { result: { emoji, columns: 1, size: 56 }, arrays: [sheet] };
}

/** A painter that knows pizza, and a kernel that answers as the test says. */
function setting(answer: () => Promise<Answer>) {
  const known = new Set(["🍕"]);
  const asked: unknown[] = [];
  const events: string[] = [];
  const supply = new SpriteSupply(
    {
      needs: (emoji) => [...new Set(emoji)].filter((each) => !known.has(each)),
      addSheet: async (_, { emoji }) => {
        for (const each of emoji) known.add(each);
      },
    },
    {
      ask: (kind, request) => {
        asked.push([kind, request]);
        return answer();
      },
    },
    {
      came: () => events.push("came"),
      failed: (error) => events.push((error as Error).message),
    },
  );
  return { supply, asked, events };
}

describe("SpriteSupply", () => {
  it("asks for all drawings at once, also while the answer is awaited", async () => {
    const { supply, asked, events } = setting(async () => answerWith(["🐱", "🐶"]));
    await Promise.all([supply.want(["🐱", "🍕"]), supply.want(["🐱", "🐶"])]);
    await supply.want(["🐱", "🐶", "🍕"]);
    expect(asked).toEqual([["sprites", {}]]);
    expect(events).toEqual(["came"]);
  });

  it("asks nothing when nothing is lacking", async () => {
    const { supply, asked, events } = setting(async () => answerWith([]));
    await supply.want(["🍕"]);
    expect([asked, events]).toEqual([[], []]);
  });

  it("says what failed, and does not ask for it again", async () => {
    const { supply, asked, events } = setting(() => Promise.reject(new Error("no")));
    await supply.want(["🐱"]);
    await supply.want(["🐱"]);
    expect(events).toEqual(["no"]);
    expect(asked).toHaveLength(1);
  });

  it("asks again for what was wanted while the kernel was gone", async () => {
    let gone = true;
    const { supply, events } = setting(async () => {
      if (gone) throw new DetachedError("detached");
      return answerWith(["🐱"]);
    });
    await supply.want(["🐱"]);
    expect(events).toEqual([]);
    gone = false;
    await supply.want(["🐱"]);
    expect(events).toEqual(["came"]);
  });
});

describe("sheetOf", () => {
  it("takes a sheet out of an answer", () => {
    expect(sheetOf(answerWith(["🐱"]))).toEqual({
      bytes: BYTES,
      index: { emoji: ["🐱"], columns: 1, size: 56 },
    });
  });

  it.each([
    { result: {}, arrays: answerWith([]).arrays },
    { result: answerWith(["🐱"]).result, arrays: [] },
    { result: { emoji: "🐱", columns: 1, size: 56 }, arrays: answerWith([]).arrays },
    { result: { emoji: ["🐱"], columns: 0, size: 56 }, arrays: answerWith([]).arrays },
  ])("refuses an answer without one (%#)", (answer) => {
    expect(() => sheetOf(answer)).toThrow("without a sheet of emoji");
  });
});
