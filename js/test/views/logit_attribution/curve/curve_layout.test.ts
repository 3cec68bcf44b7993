import { expect, it } from "vitest";
import {
  barsPath,
  layOutCurve,
  linePath,
  MARGIN,
} from "../../../../src/views/logit_attribution/curve/curve_layout";

const ROOM = {
  width: 500 + MARGIN.left + MARGIN.right,
  height: 100 + MARGIN.top + MARGIN.bottom,
};

it("goes from each sum to the next, each step a fifth of the width", () => {
  const { columns, step, zero } = layOutCurve([1, 4, 3, 5, -5], ROOM);
  expect(step).toBe(100);
  // 100 pixels for numbers from 5 down to -5.
  const at = (value: number) => MARGIN.top + 10 * (5 - value);
  expect(zero).toBeCloseTo(at(0));
  expect(columns.map(({ value }) => value)).toEqual([1, 3, -1, 2, -10]);
  columns.forEach(({ left, right, from, to }, index) => {
    expect(left).toBe(MARGIN.left + 100 * index + 1);
    expect(right).toBe(MARGIN.left + 100 * (index + 1) - 1);
    expect(from).toBeCloseTo(at([0, 1, 4, 3, 5][index] ?? 0));
    expect(to).toBeCloseTo(at([1, 4, 3, 5, -5][index] ?? 0));
  });
});

it("draws each step up or down, and the embedding as neither", () => {
  const { columns } = layOutCurve([1, 4, 3, 3], ROOM);
  const bars = (way: "up" | "down") => barsPath(columns, way).match(/M/g)?.length ?? 0;
  expect([bars("up"), bars("down")]).toEqual([1, 1]);
  expect(linePath(columns).match(/H/g)).toHaveLength(4);
});

it("marks round numbers that the curve spans", () => {
  const { ticks } = layOutCurve([-0.7, 9.9, 13], ROOM);
  expect(ticks.map(({ value }) => value)).toEqual([0, 5, 10]);
});

it("numbers every layer while there is room, then some of them", () => {
  const layers = (room: number, count: number) => {
    const depth = Array.from({ length: 2 * count + 1 }, (_, at) => at);
    return layOutCurve(depth, { ...ROOM, width: room }).labels;
  };
  expect(layers(ROOM.width, 2).map(({ layer, x }) => [layer, x])).toEqual([
    [0, MARGIN.left + 200],
    [1, MARGIN.left + 400],
  ]);
  const few = layers(300, 24);
  expect(few.length).toBeLessThan(12);
  const gaps = few.slice(1).map(({ x }, at) => x - (few[at]?.x ?? 0));
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(26);
});

it("has a place for a number that is nothing at all", () => {
  const { columns, zero } = layOutCurve([0, 0, 0], ROOM);
  expect(columns.every(({ from, to }) => from === zero && to === zero)).toBe(true);
  expect(Number.isFinite(zero)).toBe(true);
});
