import { describe, expect, it } from "vitest";
import { PatchGrid } from "../../../../src/core/grid";
import { axisLabels } from "../../../../src/views/attention_head_tour/matrix/matrix_axis";

const grid = new PatchGrid(3, 4, ["cls", "reg0"]);
const whole = { start: 0, span: 14 };

const texts = (window: typeof whole, length: number, room: number) =>
  axisLabels(grid, window, length, room).map(({ text }) => text);

describe("axisLabels", () => {
  it("names every token where there is room", () => {
    const labels = axisLabels(grid, whole, 14 * 30, 30);
    expect(labels.map(({ text }) => text)).toEqual([
      "cls",
      "reg0",
      "(0,0)",
      "(0,1)",
      "(0,2)",
      "(0,3)",
      "(1,0)",
      "(1,1)",
      "(1,2)",
      "(1,3)",
      "(2,0)",
      "(2,1)",
      "(2,2)",
      "(2,3)",
    ]);
    expect(labels.map(({ at }) => 14 * at)).toEqual(
      labels.map(({ token }) => token + 0.5),
    );
  });

  it("names the beginnings of the picture's rows where there is less", () => {
    expect(texts(whole, 14 * 15, 30)).toEqual(["cls", "(0,0)", "(1,0)", "(2,0)"]);
  });

  it("leaves out what would overlap", () => {
    expect(texts(whole, 14 * 8, 30)).toEqual(["cls", "(1,0)", "(2,0)"]);
    expect(texts(whole, 14 * 4, 30)).toEqual(["cls", "(2,0)"]);
  });

  it("names only what is on show", () => {
    expect(texts({ start: 5.6, span: 2 }, 80, 30)).toEqual(["(1,0)", "(1,1)"]);
    expect(texts({ start: 5.5, span: 3 }, 120, 30)).toEqual([
      "(0,3)",
      "(1,0)",
      "(1,1)",
      "(1,2)",
    ]);
  });
});
