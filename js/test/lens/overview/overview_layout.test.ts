import { describe, expect, it } from "vitest";
import {
  cellAt,
  isCramped,
  layoutFor,
  scrollTo,
  showsEmoji,
} from "../../../src/lens/overview/overview_layout";

describe("layoutFor", () => {
  it.each([
    ["8 x 8 and a class token", 1170, 65, 18, 1170],
    ["14 x 14", 1182, 197, 6, 1182],
    ["24 x 24 and registers in a wide page", 1162, 581, 2, 1162],
    ["24 x 24 and registers in a narrow page", 400, 581, 2, 1162],
  ])("fits %s, or scrolls", (_, room, tokens, width, total) => {
    expect(layoutFor(room, tokens, false)).toMatchObject({ width, total });
  });

  it("has room for emoji where they are wanted, and never too low to point at", () => {
    const layout = layoutFor(400, 581, true);
    expect(layout).toEqual({ width: 16, height: 16, total: 581 * 16 });
    expect(showsEmoji(layout)).toBe(true);
    expect(showsEmoji(layoutFor(400, 581, false))).toBe(false);
    expect(layoutFor(400, 581, false).height).toBe(12);
  });

  it("shows emoji from 9 pixels on", () => {
    expect(showsEmoji(layoutFor(90, 10, false))).toBe(true);
    expect(isCramped(90, 10)).toBe(false);
    expect(isCramped(89, 10)).toBe(true);
  });
});

it("cellAt finds the cell under a point, the nearest beyond the edges", () => {
  const layout = layoutFor(90, 10, false);
  const { height } = layout;
  const at = (x: number, y: number) => cellAt(layout, x, y, 4, 10);
  expect(at(0, 0)).toEqual({ row: 0, token: 0 });
  expect(at(8.9, height - 0.1)).toEqual({ row: 0, token: 0 });
  expect(at(9, height)).toEqual({ row: 1, token: 1 });
  expect(at(200, 1000)).toEqual({ row: 3, token: 9 });
  expect(at(-5, -5)).toEqual({ row: 0, token: 0 });
});

it("scrollTo moves no more than it takes to show a column", () => {
  const layout = layoutFor(100, 100, true);
  expect(scrollTo(layout, 3, 100, 0)).toBe(0);
  expect(scrollTo(layout, 6, 100, 0)).toBe(12);
  expect(scrollTo(layout, 2, 100, 500)).toBe(32);
});
