import { expect, it } from "vitest";
import {
  classEmoji,
  className,
  readClasses,
} from "../../../src/core/classes/class_facts";

const CLASSES = readClasses({
  class_names: ["cat", "dog"],
  class_descriptions: ["cat, puss", "dog, hound"],
  class_emoji: ["🐈"],
});

it("reads classes as Python says them", () => {
  expect(CLASSES).toEqual({
    names: ["cat", "dog"],
    descriptions: ["cat, puss", "dog, hound"],
    emoji: ["🐈"],
  });
});

it("names each class and its emoji, and nothing where there is none", () => {
  expect([-1, 0, 1].map((index) => className(CLASSES, index))).toEqual([
    "",
    "cat",
    "dog",
  ]);
  expect([-1, 0, 1].map((index) => classEmoji(CLASSES, index))).toEqual(["", "🐈", ""]);
});
