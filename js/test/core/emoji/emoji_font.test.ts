import { describe, expect, it } from "vitest";
import { EmojiFont } from "../../../src/core/emoji/emoji_font";
import { randomNumbers } from "../../random";
import { canvasesWith, glyph } from "./fake_canvas";

const FONT = {
  "😀": glyph(),
  "🐱": glyph(),
  "🐦": glyph({ width: 1.1 }),
  "🧑‍🐱": glyph({ width: 2.4 }),
  "✈": glyph({ colour: "the text's", width: 0.9 }),
  "": glyph({ width: 0, ink: { left: 0, top: 0, width: 0, height: 0 } }),
};

const ASKED = ["🐱", "🐦", "🧑‍🐱", "✈", "unknown", ""];
const NOTHING = ASKED.map(() => false);

describe("EmojiFont", () => {
  it("draws what is in colour and in one piece", () => {
    const font = new EmojiFont(canvasesWith(FONT).makeContext);
    expect(font.draws(ASKED)).toEqual([true, true, false, false, false, false]);
  });

  it("draws nothing where no font has colour", () => {
    const mono = Object.entries(FONT).map(([text, each]) => {
      return [text, { ...each, colour: "the text's" as const }];
    });
    const { makeContext } = canvasesWith(Object.fromEntries(mono));
    expect(new EmojiFont(makeContext).draws(ASKED)).toEqual(NOTHING);
  });

  it("draws nothing where there is no face to compare with", () => {
    const { "😀": _, ...others } = FONT;
    const { makeContext } = canvasesWith(others);
    expect(new EmojiFont(makeContext).draws(ASKED)).toEqual(NOTHING);
  });

  it("looks at pixels when the face is no wider than letters can be", () => {
    const narrow = {
      "😀": glyph({ width: 1 }),
      "🐱": glyph({ width: 1 }),
      "☕": glyph({ width: 1, colour: "the text's" }),
    };
    const font = new EmojiFont(canvasesWith(narrow).makeContext);
    expect(font.draws(["🐱", "☕"])).toEqual([true, false]);
  });

  it("tells many apart, whatever their number and place", () => {
    const random = randomNumbers(5);
    const texts = Array.from({ length: 500 }, (_, at) => `e${at}`);
    const inColour = texts.map(() => random() < 0.5);
    const glyphs = texts.map((text, at) => {
      const colour = inColour[at] ? ("its own" as const) : ("the text's" as const);
      return [text, glyph({ width: 1, colour })];
    });
    const { makeContext } = canvasesWith({ ...FONT, ...Object.fromEntries(glyphs) });
    expect(new EmojiFont(makeContext).draws(texts)).toEqual(inColour);
  });

  it("finds out about each emoji once", () => {
    const { makeContext, painted } = canvasesWith(FONT);
    const font = new EmojiFont(makeContext);
    const first = font.draws([...ASKED, ...ASKED]);
    const before = painted.length;
    expect(font.draws([...ASKED, ...ASKED])).toEqual(first);
    expect(painted.length).toBe(before);
  });

  it("trusts no browser that hides the pixels", () => {
    const random = randomNumbers(7);
    const noise = (data: Uint8ClampedArray) => {
      for (let at = 0; at < data.length; at++) data[at] = 256 * random();
    };
    const white = (data: Uint8ClampedArray) => data.fill(255);
    const empty = (data: Uint8ClampedArray) => data.fill(0);
    for (const reading of [noise, white, empty]) {
      const { makeContext } = canvasesWith(FONT, reading);
      expect(new EmojiFont(makeContext).draws(ASKED)).toEqual(NOTHING);
    }
  });

  it("is not misled by the faint noise that some browsers add", () => {
    const random = randomNumbers(9);
    const faint = (data: Uint8ClampedArray) => {
      for (let at = 0; at < data.length; at++)
        data[at] = (data[at] ?? 0) - 4 * random();
    };
    const { makeContext } = canvasesWith(FONT, faint);
    const font = new EmojiFont(makeContext);
    expect(font.draws(ASKED)).toEqual([true, true, false, false, false, false]);
  });

  it.each([20, 45])("draws into the middle of a square of %d pixels", (size) => {
    const askew = { left: -0.3, top: -1, width: 0.9, height: 0.5 };
    const { makeContext } = canvasesWith({ "😀": glyph({ ink: askew }) });
    const context = makeContext(100, 100);
    new EmojiFont(makeContext).drawInto(context, "😀", 30, 40, size);
    const { data } = context.getImageData(0, 0, 100, 100);
    const filled = Array.from({ length: 10_000 }, (_, at) => at).filter(
      (at) => data[4 * at + 3],
    );
    const columns = filled.map((at) => at % 100);
    const rows = filled.map((at) => Math.floor(at / 100));
    const middle = (all: number[]) => (Math.min(...all) + Math.max(...all) + 1) / 2;
    expect(Math.abs(middle(columns) - (30 + size / 2))).toBeLessThanOrEqual(1);
    expect(Math.abs(middle(rows) - (40 + size / 2))).toBeLessThanOrEqual(1);
    const width = Math.max(...columns) - Math.min(...columns) + 1;
    expect(Math.abs(width - (117 / 128) * size)).toBeLessThanOrEqual(1.5);
  });
});
