import { describe, expect, it } from "vitest";
import {
  checkPlaces,
  parseSearch,
  SearchError,
  typeSearch,
} from "../../../../src/views/attention_head_tour/finder/search";

describe("parseSearch reads", () => {
  it.each([
    ["L3.H2", [3, 3], [2, 2]],
    ["l3.h2", [3, 3], [2, 2]],
    ["L3", [3, 3], null],
    ["H2", null, [2, 2]],
    ["L3-5", [3, 5], null],
    ["H0-11", null, [0, 11]],
    ["L3-5.H2", [3, 5], [2, 2]],
  ])("the address %s", (text, layers, heads) => {
    expect(parseSearch(text)).toEqual([{ kind: "place", layers, heads }]);
  });

  it.each([
    ["corner", "corner"],
    ["CLS", "CLS"],
    ['"same row"', "same row"],
    ["L", "L"],
    ["HL3", "HL3"],
    ["offset", "offset"],
  ])("the word %s", (text, word) => {
    expect(parseSearch(text)).toEqual([{ kind: "word", text: word }]);
  });

  it.each([
    ["entropy>2.1", "entropy", ">", 2.1],
    ["entropy > 2.1", "entropy", ">", 2.1],
    ["corner_mass>=0.3", "corner_mass", ">=", 0.3],
    ["logit_change<-.5", "logit_change", "<", -0.5],
    ["cls<=1e-3", "cls", "<=", 0.001],
    ["offset_row=0", "offset_row", "=", 0],
    ['"mean distance" > 3', "mean distance", ">", 3],
  ])("the comparison %s", (text, name, comparison, value) => {
    expect(parseSearch(text)).toEqual([{ kind: "number", name, comparison, value }]);
  });

  it("a type, also one of two words", () => {
    expect(parseSearch("type=corner")).toEqual([{ kind: "type", text: "corner" }]);
    expect(parseSearch('Type = "same row"')).toEqual([
      { kind: "type", text: "same row" },
    ]);
  });

  it("several terms, and nothing as nothing", () => {
    const kinds = parseSearch("  L3-5   corner entropy > 2  ").map(({ kind }) => kind);
    expect(kinds).toEqual(["place", "word", "number"]);
    expect(parseSearch("   ")).toEqual([]);
  });
});

describe("parseSearch refuses", () => {
  it.each([
    ["entropy>", "entropy>: a number is missing"],
    ["entropy>high", "entropy>high: a number is missing"],
    ["entropy==2", "entropy==2: a number is missing"],
    ["entropy>Infinity", "a number is missing"],
    [">2", ">2: a name is missing"],
    ["type=", "type=: a type is missing"],
    ["type>corner", "type>corner: a type is found with ="],
    ["L5-3", "L5-3: the range runs backwards"],
    ['corner "same', 'a quote " is not closed'],
  ])("%s", (text, message) => {
    expect(() => parseSearch(text)).toThrow(message);
    expect(() => parseSearch(text)).toThrow(SearchError);
  });
});

describe("checkPlaces", () => {
  const check = (text: string) => () =>
    checkPlaces(parseSearch(text), { layers: 12, heads: 6, tokens: 1 });

  it("lets through what exists", () => {
    expect(check("L11.H5 L0-11 H0 corner")).not.toThrow();
  });

  it.each([
    ["L12", "there is no layer 12: this model has layers 0 to 11"],
    ["L3-12", "there is no layer 12"],
    ["corner L3.H6", "there is no head 6: a layer has heads 0 to 5"],
  ])("refuses %s", (text, message) => {
    expect(check(text)).toThrow(message);
  });
});

it.each(["corner", "same row", "CLS reader"])("the search for %s finds it", (type) => {
  expect(parseSearch(typeSearch(type))).toEqual([{ kind: "type", text: type }]);
});
