import { describe, expect, it } from "vitest";
import { type EmojiCell, EmojiPainter } from "../../../src/core/emoji/emoji_painter";

interface Copy {
  from: unknown;
  source: number[];
  target: number[];
  opacity: number;
}

/** A canvas that writes down what is drawn on it. */
class Recorder {
  readonly canvas: { width: number; height: number };
  readonly copies: Copy[] = [];
  discs = 0;
  globalAlpha = 1;

  constructor(width: number, height: number) {
    this.canvas = { width, height };
  }

  drawImage(from: unknown, ...numbers: number[]): void {
    const [source, target] = [numbers.slice(0, 4), numbers.slice(4)];
    this.copies.push({ from, source, target, opacity: this.globalAlpha });
  }

  save(): void {}
  restore(): void {}
  beginPath(): void {}
  fill(): void {}
  arc(): void {
    this.discs++;
  }
}

class FakeSheet {
  closed = false;
  constructor(
    readonly width: number,
    readonly height: number,
  ) {}
  close(): void {
    this.closed = true;
  }
}

function setting(inFont: string[] = [], sheet = new FakeSheet(20, 20)) {
  const hidden: Recorder[] = [];
  const fromFont: string[] = [];
  const target = new Recorder(500, 500);
  const painter = new EmojiPainter({
    font: {
      draws: (emoji) => emoji.map((each) => inFont.includes(each)),
      drawInto: (_, emoji) => fromFont.push(emoji),
    },
    makeContext: (width, height) => {
      hidden.push(new Recorder(width, height));
      return hidden.at(-1) as unknown as CanvasRenderingContext2D;
    },
    decode: async () => sheet as unknown as ImageBitmap,
  });
  const draw = (size: number, ...cells: Partial<EmojiCell>[]) => {
    const context = target as unknown as CanvasRenderingContext2D;
    const whole = cells.map((c) => ({ emoji: "🐱", x: 0, y: 0, opacity: 1, ...c }));
    target.copies.length = 0;
    painter.draw(context, size, whole);
    return target.copies;
  };
  return { painter, hidden, fromFont, draw };
}

const BYTES = new Uint8Array(3);
const INDEX = { emoji: ["🐘", "🐱", "🐶"], columns: 2, size: 10 };

describe("EmojiPainter", () => {
  it("needs what neither the font nor a sheet has, each once", async () => {
    const { painter } = setting(["🍕"]);
    const all = ["🐱", "🍕", "🐱", "🐳"];
    expect(painter.needs(all)).toEqual(["🐱", "🐳"]);
    await painter.addSheet(BYTES, INDEX);
    expect(painter.needs(all)).toEqual(["🐳"]);
  });

  it("draws a glyph once for each size, however often it is shown", () => {
    const { draw, fromFont } = setting(["🐱", "🐶"]);
    const cells = [{ emoji: "🐱" }, { emoji: "🐶" }, { emoji: "🐱" }];
    expect(draw(16, ...cells)).toHaveLength(3);
    expect(draw(16, ...cells)).toHaveLength(3);
    expect(fromFont).toEqual(["🐱", "🐶"]);
    draw(24, { emoji: "🐶" });
    expect(fromFont).toEqual(["🐱", "🐶", "🐶"]);
  });

  it("puts each where it belongs, with its opacity", () => {
    const { draw } = setting(["🐱"]);
    const [one, other, ...rest] = draw(
      16,
      { x: 3.4, y: 5.6, opacity: 0.25 },
      { x: 40, opacity: 0 },
      { x: 80, y: 90, opacity: 1 },
    );
    expect(one).toMatchObject({ target: [3, 6, 16, 16], opacity: 0.25 });
    expect(other).toMatchObject({ target: [80, 90, 16, 16], opacity: 1 });
    expect(rest).toEqual([]);
  });

  it("copies every glyph from a place of its own, on a canvas that has it", () => {
    const emoji = Array.from({ length: 300 }, (_, at) => `e${at}`);
    const { draw, hidden } = setting(emoji);
    const copies = draw(20, ...emoji.map((each) => ({ emoji: each })));
    expect(new Set(copies.map(({ source }) => source.join())).size).toBe(300);
    const { canvas, copies: kept } = hidden.at(-1) as Recorder;
    for (const { from, source } of copies) {
      const [x, y, width, height] = source as [number, number, number, number];
      expect(from).toBe(canvas);
      expect([x % 20, y % 20, width, height]).toEqual([0, 0, 20, 20]);
      expect(x + width).toBeLessThanOrEqual(canvas.width);
      expect(y + height).toBeLessThanOrEqual(canvas.height);
    }
    // What was on the smaller canvas before it is on this one.
    expect(kept[0]).toMatchObject({ from: hidden.at(-2)?.canvas, source: [0, 0] });
  });

  it("shows a disc until a sheet comes, then the drawing of the sheet", async () => {
    const sheet = new FakeSheet(20, 20);
    const { painter, draw, hidden } = setting([], sheet);
    const [disc] = draw(16, { emoji: "🐶" });
    const atlas = hidden[0] as Recorder;
    expect([atlas.discs, atlas.copies.length]).toEqual([1, 0]);
    await painter.addSheet(BYTES, INDEX);
    const [drawing] = draw(16, { emoji: "🐶" });
    expect(drawing?.source).not.toEqual(disc?.source);
    const [x, y] = drawing?.source ?? [];
    expect(atlas.copies).toEqual([
      { from: sheet, source: [0, 10, 10, 10], target: [x, y, 16, 16], opacity: 1 },
    ]);
    const [unknown] = draw(16, { emoji: "🐳" });
    expect(unknown?.source).toEqual(disc?.source);
    expect(atlas.discs).toBe(1);
  });

  it("prefers the font to a sheet", async () => {
    const { painter, draw, fromFont } = setting(["🐶"]);
    await painter.addSheet(BYTES, INDEX);
    draw(16, { emoji: "🐶" });
    expect(fromFont).toEqual(["🐶"]);
  });

  it("enlarges very large emoji instead of keeping them", () => {
    const { draw } = setting(["🐱"]);
    const [copy] = draw(400, {});
    expect(copy?.source.slice(2)).toEqual([128, 128]);
    expect(copy?.target.slice(2)).toEqual([400, 400]);
  });

  it("refuses a sheet of another size, and has nothing of it", async () => {
    const sheet = new FakeSheet(30, 20);
    const { painter } = setting([], sheet);
    await expect(painter.addSheet(BYTES, INDEX)).rejects.toThrow(
      "the sheet of emoji is 30 x 20 pixels, not 20 x 20",
    );
    expect(painter.needs(INDEX.emoji)).toEqual(INDEX.emoji);
    expect(sheet.closed).toBe(true);
  });

  it("lets go of its sheets, also of one that comes too late", async () => {
    const sheet = new FakeSheet(20, 20);
    const { painter } = setting([], sheet);
    await painter.addSheet(BYTES, INDEX);
    expect(sheet.closed).toBe(false);
    painter.dispose();
    expect(sheet.closed).toBe(true);
    const late = new FakeSheet(20, 20);
    const other = setting([], late).painter;
    other.dispose();
    await other.addSheet(BYTES, INDEX);
    expect(late.closed).toBe(true);
    expect(other.needs(["🐱"])).toEqual(["🐱"]);
  });
});
