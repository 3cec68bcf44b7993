import { describe, expect, it } from "vitest";
import {
  findHeads,
  type Wanted,
} from "../../../../src/views/attention_head_tour/finder/found_heads";
import {
  findColumn,
  readSearch,
} from "../../../../src/views/attention_head_tour/finder/head_matching";
import { allPlaces } from "../../../../src/views/attention_head_tour/finder/head_table";
import { measuredTable, SIZES } from "../measured_table";

const table = measuredTable();

function found(search: string): string[] {
  const matches = readSearch(search, SIZES, table);
  return allPlaces(SIZES)
    .filter(matches)
    .map(([layer, head]) => `L${layer}.H${head}`);
}

describe("readSearch finds", () => {
  it.each([
    ["", ["L0.H0", "L0.H1", "L0.H2", "L1.H0", "L1.H1", "L1.H2"]],
    ["L1", ["L1.H0", "L1.H1", "L1.H2"]],
    ["H1", ["L0.H1", "L1.H1"]],
    ["L0-1.H2", ["L0.H2", "L1.H2"]],
    ["corner", ["L0.H0", "L1.H0", "L1.H1"]],
    ["type=corner", ["L0.H0", "L1.H0"]],
    ["cls", ["L1.H0"]],
    ["row", ["L0.H1", "L0.H2"]],
    ['type="Same Row"', ["L0.H1"]],
    ["type=offset", ["L0.H2"]],
    ['"offset (0,-1)"', ["L0.H2"]],
    ["same row", ["L0.H1", "L0.H2"]],
    ["entropy>2", ["L0.H0", "L1.H0"]],
    ["entropy<=2", ["L0.H1", "L0.H2", "L1.H2"]],
    ["mean>3", ["L0.H0", "L0.H1"]],
    ['"Mean Dist">=2', ["L0.H0", "L0.H1", "L1.H0"]],
    ["corner>0.5 L1", ["L1.H0"]],
    ["logit<0", ["L0.H0", "L1.H0"]],
    ["logit_change=0", ["L0.H2", "L1.H2"]],
    ["corner entropy>5", []],
  ])("%s", (search, heads) => {
    expect(found(search)).toEqual(heads);
  });
});

describe("readSearch refuses", () => {
  it.each([
    ["entrpy>2", "nothing that is measured is called entrpy; nearest: entropy"],
    ["distance>2", "nearest: mean_distance"],
    [
      "sing",
      "no head is of a type that starts with sing; the types here: corner, same",
    ],
    ["type=cls", "no head is of a type"],
    ["entropy", "entropy is a number: compare it, as in entropy>0.5"],
    ["margin>2", "nothing that is measured is called margin"],
    ["L7", "there is no layer 7: this model has layers 0 to 1"],
  ])("%s", (search, message) => {
    expect(() => found(search)).toThrow(message);
  });

  it("a name that may be several", () => {
    const columns = ["row_mass", "row_reach"].map((name) => ({
      name,
      title: name,
      help: "",
    }));
    expect(() => findColumn(columns, "row")).toThrow(
      "row may be row_mass or row_reach: write more of it",
    );
  });

  it("types and numbers before there are any, but no addresses", () => {
    expect(() => readSearch("corner", SIZES, null)).toThrow("not measured yet");
    expect(() => readSearch("entropy>2", SIZES, null)).toThrow("not measured yet");
    expect(readSearch("L1.H2", SIZES, null)([1, 2])).toBe(true);
  });
});

describe("findHeads", () => {
  const find = (wanted: Partial<Wanted>, of = table as typeof table | null) =>
    findHeads({ search: "", sort: "", selection: [], ...wanted }, SIZES, of);

  it("leaves all heads at their places when nothing is wanted", () => {
    const { places, column, error } = find({});
    expect(places).toEqual(allPlaces(SIZES));
    expect([column, error]).toEqual([null, ""]);
  });

  it("finds what matches both the search and a choice made elsewhere", () => {
    const chosen = find({
      search: "corner",
      selection: [
        [1, 1],
        [0, 0],
        [0, 1],
      ],
    });
    expect(chosen.places).toEqual([
      [0, 0],
      [1, 1],
    ]);
    expect(chosen.matches([1, 1])).toBe(true);
    expect(chosen.matches([1, 0])).toBe(false);
  });

  it("sorts what it finds", () => {
    const sorted = find({ search: "corner", sort: "corner_mass" });
    expect(sorted.places).toEqual([
      [0, 0],
      [1, 0],
      [1, 1],
    ]);
    expect(sorted.column?.title).toBe("corner");
  });

  it("changes nothing for a search or an order that can't be had, and says why", () => {
    const wrong = find({ search: "entropy>", sort: "beauty" });
    expect(wrong.places).toEqual(allPlaces(SIZES));
    expect(wrong.column).toBeNull();
    expect(wrong.error).toContain("a number is missing");
    expect(wrong.error).toContain("called beauty");
  });

  it("waits with an order until the heads are measured", () => {
    const early = find({ search: "L0", sort: "entropy" }, null);
    expect(early.places).toHaveLength(3);
    expect([early.column, early.error]).toEqual([null, ""]);
  });
});
