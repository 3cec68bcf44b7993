import { describe, expect, it } from "vitest";
import { ClassFinder, FIT, surelyMeant } from "../../../src/core/classes/class_finder";

const DESCRIPTIONS = [
  "tabby, tabby cat",
  "Egyptian cat",
  "bullfrog, Rana catesbeiana",
  "cougar, puma, catamount",
  "collie",
  "Border collie",
  "jack-o'-lantern",
  "Café au lait, milk coffee",
  "catamaran",
  "Caesar's cat_bird",
  "+",
  "cauliflower, Straße",
];
const EMOJI = ["🐱", "🐈", "🐸", "🐆", "🐕", "🐕", "🎃", "☕", "⛵️", "🐦", "➕", "🥦"];

function finderOf(descriptions: readonly string[], emoji: readonly string[]) {
  const names = descriptions.map((each) => each.replace(/,.*/, ""));
  return new ClassFinder({ names, descriptions, emoji });
}

const finder = finderOf(DESCRIPTIONS, EMOJI);

function whole(text: string): number[] {
  const matches = finder.find(text).filter(({ fit }) => fit !== FIT.beginning);
  return matches.map(({ index }) => index);
}

function beginnings(text: string): number[] {
  const matches = finder.find(text).filter(({ fit }) => fit === FIT.beginning);
  return matches.map(({ index }) => index);
}

describe("ClassFinder finds", () => {
  it.each([
    ["cat", [0, 1, 9]],
    ["CAT ", [0, 1, 9]],
    ["collie", [4, 5]],
    ["tabby", [0]],
    ["tabby cat", [0]],
    ["puma", [3]],
    ["catamount", [3]],
    ["jack o lantern", [6]],
    ["JACK-O-lantern", [6]],
    ["cafe", [7]],
    ["milk coffee", [7]],
    ["caesars", [9]],
    ["strasse", [11]],
    ["+", [10]],
    ["frog", []],
    ["3", [3]],
    ["03", []],
    ["🐈", [1]],
    ["🐕", [4, 5]],
    ["⛵", [8]],
    ["", []],
    ["  ", []],
  ])("%s by whole words, its number or its emoji", (text, found) => {
    expect(whole(text)).toEqual(found);
  });

  it("beginnings of first names after whole words, never what is inside a word", () => {
    expect(finder.find("cat").map(({ index }) => index)).toEqual([0, 1, 9, 8]);
    expect(beginnings("cat")).toEqual([8]);
    expect(beginnings("frog")).toEqual([]);
    expect(beginnings("coll")).toEqual([4, 5]);
  });

  it("a name before further names before words", () => {
    const ordered = finderOf(["a fox", "hare, fox", "fox"], ["🦊", "🐇", "🦊"]);
    expect(ordered.find("fox").map(({ index }) => index)).toEqual([2, 1, 0]);
  });
});

it("finds a class by the name that is shown, too", () => {
  const cranes = new ClassFinder({
    names: ["crane (n02012849)", "crane (n03126707)"],
    descriptions: ["crane", "crane"],
    emoji: ["🐦", "🏗️"],
  });
  expect(surelyMeant(cranes.find("crane"))).toBeNull();
  expect(surelyMeant(cranes.find("crane (n03126707)"))).toBe(1);
});

describe("surelyMeant", () => {
  it.each([
    ["collie", 4],
    ["border collie", 5],
    ["lait", 7],
    ["puma", 3],
    ["8", 8],
  ])("%s is one class", (text, index) => {
    expect(surelyMeant(finder.find(text))).toBe(index);
  });

  it.each(["cat", "🐕", "catam", "bullf", "dog", ""])("%s is not", (text) => {
    expect(surelyMeant(finder.find(text))).toBeNull();
  });
});
