import { describe, expect, it } from "vitest";
import { type Classes, ClassOptions } from "../../../src/core/classes/class_options";

const CLASSES: Classes = {
  names: ["tabby", "Egyptian cat", "bullfrog", "catamaran", "collie"],
  descriptions: ["tabby, tabby cat", "Egyptian cat", "bullfrog", "catamaran", "collie"],
  emoji: ["🐱", "🐈", "🐸", "⛵", "🐕"],
  likely: [4, 0],
  readable: () => [],
};

function optionsOf(changes: Partial<Classes> = {}): ClassOptions {
  return new ClassOptions({ ...CLASSES, ...changes }, () => ({}) as HTMLElement);
}

function listed(options: ClassOptions, text: string): [string, number[]][] {
  const { groups } = options.find(text);
  return groups.map(({ heading, options }) => [
    heading,
    options.map(({ value }) => value),
  ]);
}

describe("ClassOptions lists", () => {
  it("whole words before beginnings, and is sure of neither", () => {
    const options = optionsOf();
    expect(listed(options, "cat")).toEqual([
      ["Fits by whole words", [0, 1]],
      ["Has a word that begins with “cat”", [3]],
    ]);
    const { sure, say } = options.find("cat");
    expect(sure).toBeNull();
    expect(say).toBe("3 classes fit “cat”: choose one, or type more of its name.");
  });

  it("one class with its name and number, and is sure of it", () => {
    const { sure, say, groups } = optionsOf().find("tabby");
    expect(sure).toMatchObject({ value: 0, name: "tabby", note: "0" });
    expect(groups).toHaveLength(1);
    expect(say).toBe("");
  });

  it("a beginning, but is not sure of it", () => {
    const { sure, say } = optionsOf().find("bull");
    expect(sure).toBeNull();
    expect(say).toContain("No class is called “bull”: choose one that begins so");
  });

  it("nothing for what there is not, and says so", () => {
    const { groups, say } = optionsOf().find("dgo");
    expect(groups).toEqual([]);
    expect(say).toBe("No class is called “dgo”.");
  });

  it("the model's answer before anything is typed", () => {
    expect(listed(optionsOf(), " ")).toEqual([
      ["The model's answer for this picture", [4, 0]],
    ]);
  });

  it("no more than can be read, and says how many are left out", () => {
    const names = Array.from({ length: 150 }, (_, index) => `cat ${index}`);
    const options = optionsOf({
      names,
      descriptions: names,
      emoji: names.map(() => "🐈"),
    });
    const { groups, say } = options.find("cat");
    expect(groups[0]?.options).toHaveLength(120);
    expect(say).toContain("30 more are not listed");
  });
});

describe("in a saved page ClassOptions", () => {
  const options = optionsOf({ readable: () => [1, 3] });

  it("lists only classes with a map there, and names the others", () => {
    expect(listed(options, "cat")).toEqual([
      ["Fits by whole words", [1]],
      ["Has a word that begins with “cat”", [3]],
    ]);
    expect(options.find("cat").say).toContain("Not in this page");
    expect(options.find("cat").say).toMatch(/: tabby$/);
    expect(listed(options, "")).toEqual([["Classes that this page holds", [1, 3]]]);
  });

  it("is sure of no class that is not there", () => {
    expect(options.find("collie")).toMatchObject({ groups: [], sure: null });
    expect(options.find("collie").say).toContain("Not in this page");
    // "tabby cat" is meant, not the one cat that is there.
    expect(options.find("tabby cat").sure).toBeNull();
    expect(options.find("catamaran").sure?.value).toBe(3);
  });
});
