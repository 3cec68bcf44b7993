import { expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import {
  line,
  rectangle,
  Stroke,
} from "../../../../src/views/click_to_patch/pictures/stroke";

const GRID = new PatchGrid(4, 6, ["cls"]);
const at = (row: number, column: number) => GRID.token(row, column);

it("takes one patch by a click, and none where it is let go elsewhere", () => {
  const stroke = new Stroke("click", GRID, at(1, 1));
  expect(stroke.taken).toEqual([at(1, 1)]);
  stroke.to(at(1, 2));
  expect(stroke.taken).toEqual([]);
  stroke.to(at(1, 1));
  expect(stroke.taken).toEqual([at(1, 1)]);
});

it("takes each patch that a brush passes once, those between two signs too", () => {
  const stroke = new Stroke("brush", GRID, at(0, 0));
  stroke.to(at(0, 3));
  stroke.to(at(0, 1));
  expect(stroke.taken).toEqual([at(0, 0), at(0, 1), at(0, 2), at(0, 3)]);
});

it("takes a rectangle whatever corner it begins at", () => {
  const stroke = new Stroke("rectangle", GRID, at(2, 4));
  stroke.to(at(0, 0));
  stroke.to(at(1, 3));
  expect(stroke.taken).toEqual([at(1, 3), at(1, 4), at(2, 3), at(2, 4)]);
  expect(rectangle(GRID, at(3, 5), at(3, 5))).toEqual([at(3, 5)]);
});

it("draws lines without gaps: each patch touches the next", () => {
  for (let from = 1; from < GRID.tokens; from++) {
    for (let to = 1; to < GRID.tokens; to++) {
      const path = line(GRID, from, to);
      expect([path[0], path.at(-1)]).toEqual([from, to]);
      for (const [index, token] of path.slice(1).entries()) {
        const [one, other] = [GRID.place(path[index] as number), GRID.place(token)];
        const [down, across] = [other.row - one.row, other.column - one.column];
        expect(Math.max(Math.abs(down), Math.abs(across))).toBe(1);
      }
    }
  }
});
