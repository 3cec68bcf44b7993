import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import {
  allPlaces,
  type Place,
} from "../../../../src/views/attention_head_tour/finder/head_table";
import {
  boardSize,
  layOutBoard,
} from "../../../../src/views/attention_head_tour/heads/board_layout";

const GRID = new PatchGrid(8, 8, ["cls"]);

function layOut(
  order: readonly Place[] | null,
  { layers = 12, heads = 12, room = 500, density = 1, grid = GRID } = {},
) {
  const sizes = { layers, heads, tokens: grid.tokens };
  return layOutBoard({ sizes, grid, order, room, density });
}

describe("heads at their places", () => {
  it("stand in layers down and heads across, none with a label", () => {
    const { rows, columns, byPlace, label } = layOut(null, { layers: 3, heads: 2 });
    expect(rows).toEqual([
      [
        [0, 0],
        [0, 1],
      ],
      [
        [1, 0],
        [1, 1],
      ],
      [
        [2, 0],
        [2, 1],
      ],
    ]);
    expect([columns, byPlace, label]).toEqual([2, true, 0]);
  });

  it.each([300, 500, 900])("fit in a room of %d beside the names of layers", (room) => {
    const layout = layOut(null, { room });
    expect(boardSize(layout).width).toBeLessThanOrEqual(room - 26);
    expect(boardSize(layout).height).toBeLessThan(620);
  });
});

describe("heads in an order", () => {
  const order = allPlaces({ layers: 2, heads: 5, tokens: 1 }).reverse();

  it("flow, as many in a row as fit", () => {
    const layout = layOut(order, { layers: 2, heads: 5, room: 236 });
    // Three of 72 and two gaps of 3 take 222; a fourth would need 297.
    expect([layout.width, layout.columns, layout.byPlace]).toEqual([72, 3, false]);
    expect(layout.rows.map((row) => row.length)).toEqual([3, 3, 3, 1]);
    expect(layout.rows.flat()).toEqual(order);
    expect(boardSize(layout)).toEqual({ width: 222, height: 4 * (72 + 30 + 3) - 3 });
  });

  it("have room for their labels even in a deep model", () => {
    const layout = layOut(order, { layers: 24, heads: 16, room: 400, density: 2 });
    expect(layout.width / 2).toBeGreaterThanOrEqual(0.85 * 52);
    expect(layout.columns * (layout.width + layout.gap) - layout.gap).toBeLessThan(801);
  });

  it("keep the shape of the picture", () => {
    const grid = new PatchGrid(4, 8, []);
    const { width, height } = layOut(order, { grid });
    expect(width).toBe(2 * height);
  });

  it("may be none, or stand in a room of hardly any width", () => {
    expect(layOut([]).rows).toEqual([]);
    expect(boardSize(layOut([])).height).toBe(1);
    const narrow = layOut(order, { room: 20 });
    expect([narrow.columns, narrow.rows.length]).toEqual([1, 10]);
    expect(narrow.width).toBeLessThanOrEqual(20);
  });
});
