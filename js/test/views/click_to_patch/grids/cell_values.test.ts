import { expect, it } from "vitest";
import { CellValues } from "../../../../src/views/click_to_patch/grids/cell_values";

const { NaN: NONE } = Number;
const f32 = (...values: number[]) => Float32Array.from(values);

it("takes what is exact, else the preview, else nothing", () => {
  const heat = { preview: f32(0.5, -0.25, NONE, 1), exact: f32(0.75, NONE, NONE, 0) };
  const values = new CellValues(heat, 4, 0);
  expect([0, 1, 2, 3].map((index) => values.value(index))).toEqual([
    0.75,
    -0.25,
    NONE,
    0,
  ]);
  expect([0, 1, 2, 3].map((index) => values.certainty(index))).toEqual([
    "exact",
    "approximate",
    "unknown",
    "exact",
  ]);
  expect(values.exactCount).toBe(2);
});

it("orders by the change, whatever its sign, and leaves out what isn't known", () => {
  const heat = { preview: null, exact: f32(0.25, -0.75, NONE, 0.5, 0.25) };
  const values = new CellValues(heat, 5, 0);
  expect(values.strongest(9)).toEqual([1, 3, 0, 4]);
  expect(values.strongest(2)).toEqual([1, 3]);
  expect(values.most).toBe(0.75);
});

it("counts changes from 1 where parts of the clean run come into the donor's", () => {
  const heat = { preview: null, exact: f32(1, 0.25, 1.5) };
  const values = new CellValues(heat, 3, 1);
  expect(values.strongest(3)).toEqual([1, 2, 0]);
  expect(values.most).toBe(0.75);
  expect(values.value(1)).toBe(0.25);
});

it("knows nothing while nothing came", () => {
  const values = new CellValues({ preview: null, exact: null }, 3, 0);
  expect(values.strongest(5)).toEqual([]);
  expect(values.exactCount).toBe(0);
  expect(values.certainty(2)).toBe("unknown");
  expect(values.most).toBe(0);
});
