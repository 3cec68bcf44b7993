import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../src/core/grid";

const grid = new PatchGrid(3, 5, ["cls", "reg0"]);

describe("PatchGrid", () => {
  it("counts prefix tokens before patches", () => {
    expect([grid.prefix, grid.patches, grid.tokens]).toEqual([2, 15, 17]);
    expect([0, 1, 2, 16].map((token) => grid.isPatch(token))).toEqual([
      false,
      false,
      true,
      true,
    ]);
  });

  it("goes row by row, there and back", () => {
    let token = 2;
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 5; column++) {
        expect(grid.place(token)).toEqual({ row, column });
        expect(grid.token(row, column)).toBe(token++);
      }
    }
  });

  it("finds each patch under every point of its box", () => {
    const [width, height] = [101, 67];
    for (let token = 2; token < 17; token++) {
      const box = grid.box(token);
      for (const [across, down] of [
        [0.001, 0.001],
        [0.5, 0.5],
        [0.999, 0.999],
      ] as const) {
        const x = (box.left + across * box.width) * width;
        const y = (box.top + down * box.height) * height;
        expect(grid.tokenAt(x, y, width, height)).toBe(token);
      }
    }
  });

  it("gives points on and over the edge to the outermost patches", () => {
    expect(grid.tokenAt(-3, -0.1, 100, 60)).toBe(2);
    expect(grid.tokenAt(100, 60, 100, 60)).toBe(16);
    expect(grid.tokenAt(140, 10, 100, 60)).toBe(6);
  });

  it("names tokens as a person would", () => {
    expect([0, 1, 2, 9].map((token) => grid.name(token))).toEqual([
      "cls",
      "reg0",
      "patch (0,0)",
      "patch (1,2)",
    ]);
  });
});
