import { describe, expect, it } from "vitest";
import {
  cellAt,
  moved,
  revealing,
  sameWindow,
  wholeSquare,
  type ZoomWindow,
  zoomed,
} from "../../src/core/zoom";
import { randomNumbers } from "../random";

/** Where a point of the square lies in a window, 0 to 1 of its width. */
const shareOf = (window: ZoomWindow, x: number) => (x - window.x) / window.span;

describe("zoomed", () => {
  it("keeps the point under the pointer", () => {
    const before = zoomed(wholeSquare(197), 4);
    const at = before.x + 0.3 * before.span;
    const after = zoomed(before, 1.5, 0.3, 0.8);
    expect(after.span).toBeCloseTo(197 / 6, 10);
    expect(shareOf(after, at)).toBeCloseTo(0.3, 10);
    expect(after.y).toBeCloseTo(before.y + 0.8 * (before.span - after.span), 10);
  });

  it("comes back to the whole square, not beyond it", () => {
    const corner = zoomed(wholeSquare(50), 5, 1, 1);
    expect(corner).toEqual({ size: 50, x: 40, y: 40, span: 10 });
    expect(zoomed(corner, 1 / 100, 0, 0)).toEqual(wholeSquare(50));
  });

  it("stops at six cells, and at all of a smaller square", () => {
    expect(zoomed(wholeSquare(50), 1000).span).toBe(6);
    expect(zoomed(wholeSquare(5), 1000)).toEqual(wholeSquare(5));
  });

  it("never shows what is beyond an edge, whatever one does", () => {
    const random = randomNumbers(3);
    let window = wholeSquare(65);
    for (let step = 0; step < 500; step++) {
      window =
        step % 2 === 0
          ? zoomed(window, 0.5 + 1.6 * random(), random(), random())
          : moved(window, 60 * (random() - 0.5), 60 * (random() - 0.5));
      const { x, y, span } = window;
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(Math.max(x, y) + span).toBeLessThanOrEqual(65 + 1e-9);
      expect(span).toBeGreaterThanOrEqual(6);
    }
  });
});

describe("moved", () => {
  it("goes as far as the edges", () => {
    const window = zoomed(wholeSquare(100), 10); // 45 to 55
    expect(moved(window, 5, -7)).toEqual({ size: 100, x: 50, y: 38, span: 10 });
    expect(moved(window, 1e6, -1e6)).toEqual({ size: 100, x: 90, y: 0, span: 10 });
    expect(moved(wholeSquare(100), 3, 3)).toEqual(wholeSquare(100));
  });
});

describe("revealing", () => {
  const window = { size: 100, x: 40.5, y: 40.5, span: 10 };

  it("leaves a window alone that shows the cell in full", () => {
    expect(revealing(window, 41, 49)).toEqual(window);
  });

  it("moves no further than it has to", () => {
    expect(revealing(window, 40, 50)).toEqual({ size: 100, x: 40, y: 41, span: 10 });
    expect(revealing(window, 99, 0)).toEqual({ size: 100, x: 90, y: 0, span: 10 });
  });
});

describe("cellAt", () => {
  it("finds each cell under its middle", () => {
    const window = { size: 20, x: 3.25, y: 7.5, span: 8 };
    for (let cell = 4; cell < 11; cell++) {
      const across = (cell + 0.5 - window.x) / window.span;
      expect(cellAt(window, across, 0).column).toBe(cell);
      expect(cellAt(window, 0, (cell + 4.5 - window.y) / window.span).row).toBe(
        cell + 4,
      );
    }
  });

  it("gives the outermost cells what lies on and over the edge", () => {
    const whole = wholeSquare(20);
    expect(cellAt(whole, 1, 1)).toEqual({ column: 19, row: 19 });
    expect(cellAt(whole, -2, 7)).toEqual({ column: 0, row: 19 });
    expect(cellAt({ size: 20, x: 3.25, y: 5, span: 8 }, -1, 1)).toEqual({
      column: 3,
      row: 12,
    });
  });
});

describe("sameWindow", () => {
  it("tells every difference", () => {
    const window = { size: 20, x: 1, y: 2, span: 8 };
    expect(sameWindow(window, { ...window })).toBe(true);
    for (const name of ["size", "x", "y", "span"] as const) {
      expect(sameWindow(window, { ...window, [name]: window[name] + 1 })).toBe(false);
    }
  });
});
