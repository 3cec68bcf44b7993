import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import {
  blockOf,
  boxOf,
  cellAt,
  columnNames,
  columnsSeen,
  layoutOf,
  scrollTo,
} from "../../../../src/views/click_to_patch/grids/grid_layout";

const LARGE = { rows: 12, columns: 577, byToken: true };

describe("the size of cells", () => {
  it("fills the room with tokens where they have room", () => {
    expect(layoutOf({ columns: 40, byToken: true }, 600)).toMatchObject({
      width: 15,
      total: 600,
    });
  });

  it("lets one scroll rather than make cells too narrow to be pointed at", () => {
    const { width, total } = layoutOf(LARGE, 600);
    expect(width).toBeGreaterThanOrEqual(8);
    expect(total).toBe(width * 577);
  });

  it("leaves few heads at a size that is good to see", () => {
    expect(layoutOf({ columns: 4, byToken: false }, 900).total).toBeLessThan(250);
  });
});

it("every cell's middle is its own, and edges belong to the outermost", () => {
  const layout = layoutOf(LARGE, 600);
  for (const cell of [
    { row: 0, column: 0 },
    { row: 11, column: 576 },
    { row: 5, column: 300 },
  ]) {
    const x = (cell.column + 0.5) * layout.width;
    expect(cellAt(layout, LARGE, x, (cell.row + 0.5) * layout.height)).toEqual(cell);
  }
  expect(cellAt(layout, LARGE, -5, 1e6)).toEqual({ row: 11, column: 0 });
});

it("scrolls only as far as is needed", () => {
  const layout = { width: 10, height: 20, total: 1000 };
  expect(scrollTo(layout, 5, 100, 0)).toBe(0);
  expect(scrollTo(layout, 12, 100, 0)).toBe(30);
  expect(scrollTo(layout, 12, 100, 200)).toBe(120);
  expect(scrollTo(layout, -1, 100, 200)).toBe(0);
});

it("boxes of cells leave no gap and don't overlap, on a screen of any density", () => {
  const layout = { width: 9.37, height: 20, total: 937 };
  for (const density of [1, 1.25, 2]) {
    globalThis.devicePixelRatio = density;
    for (let column = 0; column < 40; column++) {
      const { x, width } = boxOf(layout, 33, { row: 1, column });
      expect(boxOf(layout, 33, { row: 1, column: column + 1 }).x).toBe(x + width);
    }
  }
});

it("knows which columns are on show", () => {
  const layout = { width: 10, height: 20, total: 1000 };
  expect(columnsSeen(layout, 100, 0, 95)).toEqual([0, 9]);
  expect(columnsSeen(layout, 100, 15, 100)).toEqual([1, 11]);
  expect(columnsSeen(layout, 8, 0, 95)).toEqual([0, 7]);
});

it("a block is the same from any of its corners", () => {
  const block = { top: 1, left: 2, bottom: 3, right: 5 };
  const corner = (row: number, column: number) => ({ row, column });
  expect(blockOf(corner(1, 2), corner(3, 5))).toEqual(block);
  expect(blockOf(corner(3, 5), corner(1, 2))).toEqual(block);
  expect(blockOf(corner(3, 2), corner(1, 5))).toEqual(block);
});

describe("names of columns", () => {
  const grid = new PatchGrid(2, 3, ["cls"]);

  it("are all heads", () => {
    const layout = layoutOf({ columns: 3, byToken: false }, 600);
    const names = columnNames({ columns: 3, byToken: false }, grid, layout);
    expect(names.map(({ name }) => name)).toEqual(["H0", "H1", "H2"]);
  });

  it("are prefix tokens and the starts of rows, where they have room", () => {
    const tokens = { columns: 7, byToken: true };
    const wide = { width: 40, height: 20, total: 280 };
    expect(columnNames(tokens, grid, wide)).toEqual([
      { column: 0, name: "cls" },
      { column: 1, name: "(0,0)" },
      { column: 4, name: "(1,0)" },
    ]);
    const narrow = { width: 10, height: 20, total: 70 };
    expect(columnNames(tokens, grid, narrow).map(({ name }) => name)).toEqual([
      "cls",
      "(1,0)",
    ]);
  });
});
