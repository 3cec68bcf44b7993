import { expect, it, vi } from "vitest";
import { PatchGrid } from "../../../src/core/grid";
import { Pointed } from "../../../src/views/attention_head_tour/pointed";
import type { Side } from "../../../src/views/attention_head_tour/side";

function sideOf(rows: number, columns: number, prefix: string[]): Side {
  return { facts: { grid: new PatchGrid(rows, columns, prefix) } } as unknown as Side;
}

const small = sideOf(2, 2, ["cls"]);
const large = sideOf(4, 4, ["cls", "reg0"]);

it("reads a token at the same place on both sides", () => {
  const pointed = new Pointed(() => undefined);
  pointed.set(large, 2 + 4 * 3 + 1); // row 3, column 1: the lower left quarter
  expect([pointed.on(large), pointed.on(small)]).toEqual([15, 1 + 2]);
  pointed.set(large, 1); // reg0, which the other hasn't
  expect([pointed.on(large), pointed.on(small)]).toEqual([1, null]);
  pointed.set(small, null);
  expect([pointed.on(large), pointed.on(small)]).toEqual([null, null]);
});

it("tells of changes alone", () => {
  const changed = vi.fn();
  const pointed = new Pointed(changed);
  pointed.set(small, null);
  expect(changed).toHaveBeenCalledTimes(0);
  pointed.set(small, 3);
  pointed.set(small, 3);
  expect(changed).toHaveBeenCalledTimes(1);
  pointed.set(large, 3);
  pointed.set(large, null);
  expect(changed).toHaveBeenCalledTimes(3);
});
