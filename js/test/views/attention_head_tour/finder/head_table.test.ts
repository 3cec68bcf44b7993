import { describe, expect, it } from "vitest";
import {
  allPlaces,
  baseOf,
  tableFrom,
} from "../../../../src/views/attention_head_tour/finder/head_table";
import { measured, measuredTable, SIZES } from "../measured_table";

const table = measuredTable();

describe("HeadTable", () => {
  it("has every number at its place, with its margin", () => {
    expect(table.value("mean_distance", [0, 1])).toBe(4);
    expect(table.value("mean_distance", [1, 0])).toBe(2);
    expect(table.value("logit_change", [0, 0])).toBeCloseTo(-0.42, 6);
    expect(table.margin("logit_change", [0, 0])).toBeCloseTo(0.05, 6);
    expect(table.margin("entropy", [0, 0])).toBeNaN();
    expect(table.value("nothing", [0, 0])).toBeNaN();
  });

  it("has every head's type", () => {
    expect(table.kind([1, 0])).toEqual({
      type: "corner",
      evidence: "corner 0.55",
      runnerUp: "CLS reader 0.30",
    });
    expect(table.kind([2, 0])).toBeUndefined();
  });

  it("counts types, offsets of any direction as one", () => {
    expect(table.types).toEqual([
      ["corner", 2],
      ["same row", 1],
      ["offset", 1],
      ["mixed", 1],
      ["same column", 1],
    ]);
    expect(baseOf("offset (-2,10)")).toBe("offset");
  });

  it("offers no margin to sort by", () => {
    expect(table.ranked.map(({ name }) => name)).toEqual([
      "entropy",
      "mean_distance",
      "corner_mass",
      "logit_change",
    ]);
  });

  it("sorts from high to low, equal ones in their order, those without a number last", () => {
    expect(table.sorted(allPlaces(SIZES), "entropy")).toEqual([
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 1],
      [1, 2],
      [1, 1],
    ]);
  });

  it("puts first what is lost without a head", () => {
    expect(table.sorted(allPlaces(SIZES).slice(1, 4), "logit_change")).toEqual([
      [1, 0],
      [0, 2],
      [0, 1],
    ]);
  });
});

describe("tableFrom makes of", () => {
  it("an answer without numbers an error", () => {
    const { result } = measured();
    expect(() => tableFrom({ result, arrays: [] }, SIZES)).toThrow("without types");
  });

  it("nothing, where nothing was measured", () => {
    expect(tableFrom({ result: {}, arrays: [] }, SIZES)).toBeNull();
  });

  it("an answer about a model of another size an error", () => {
    const other = { layers: 2, heads: 4, tokens: 5 };
    expect(() => tableFrom(measured(), other)).toThrow(
      "30 measured numbers came where 5 columns of 2 x 4 heads belong",
    );
    const turned = { layers: 3, heads: 2, tokens: 5 };
    expect(() => tableFrom(measured(), turned)).toThrow("not those of 3 x 2 heads");
  });
});
