import { describe, expect, it } from "vitest";
import { ClassOptions } from "../../../../src/core/classes/class_options";
import { MaskOptions } from "../../../../src/views/emoji_logit_lens/mask/mask_options";

const noMark = () => ({}) as HTMLElement;
const CLASSES = {
  names: ["collie", "dog sled", "frog", "pug"],
  descriptions: ["collie", "dogsled, dog sled", "frog", "pug"],
  emoji: ["🐕", "🛷", "🐸", "🐶"],
  superclassOf: [1, 0, 2, 1],
  superclasses: [
    { name: "vehicle", emoji: "🚗" },
    { name: "dog", emoji: "🐕" },
    { name: "frog", emoji: "🐸" },
  ],
  likely: [3],
  readable: () => [],
};
const options = new MaskOptions(CLASSES, new ClassOptions(CLASSES, noMark), noMark);

function listed(text: string): (readonly number[])[] {
  return options
    .find(text)
    .groups.flatMap((group) => group.options.map((o) => o.value));
}

describe("MaskOptions", () => {
  it("lists a kind before classes", () => {
    expect(listed("dog")).toEqual([[0, 3], [1]]);
    expect(options.find("dog").groups[0]?.options[0]?.name).toBe("dog: all 2 classes");
  });

  it.each(["dog", "dogs", "all dogs", "all dog", "ALL DOGS"])(
    "takes %s for a kind",
    (text) => {
      expect(options.find(text).sure?.value).toEqual([0, 3]);
    },
  );

  it("is sure of nothing where a kind and a class are called the same", () => {
    expect(listed("frog")).toEqual([[2], [2]]);
    expect(options.find("frog").sure).toBeNull();
    expect(options.find("frog").say).toBe("A kind and classes fit: choose one.");
    expect(options.find("dogs").say).toBe("");
    expect(options.find("frog").groups[0]?.options[0]?.name).toBe("frog: 1 class");
  });

  it("finds a class alone, by name or number", () => {
    expect(options.find("pug").sure?.value).toEqual([3]);
    expect(options.find("2").sure?.value).toEqual([2]);
  });

  it("says what a class search says where no kind fits", () => {
    expect(options.find("sparrow").say).toBe("No class is called “sparrow”.");
    expect(options.find("dogs").say).toBe("");
  });
});
