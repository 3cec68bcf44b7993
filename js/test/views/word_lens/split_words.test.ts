import { describe, expect, it } from "vitest";
import {
  splitLines,
  splitWords,
} from "../../../src/views/word_lens/typing/split_words";

describe("words of a text", () => {
  it.each([
    ["cat", ["cat"]],
    ["cat, dog,car", ["cat", "dog", "car"]],
    ["cat\ndog\r\n\na red  car\n", ["cat", "dog", "a red car"]],
    [" ,, cat , ", ["cat"]],
    ["cat, dog, cat", ["cat", "dog"]],
    [" \n , ", []],
    ["<img src=x>", ["<img src=x>"]],
  ])("of %j are %j", (text, words) => expect(splitWords(text)).toEqual(words));
});

describe("lines of a text", () => {
  it("are whole sentences, commas and all", () => {
    const text = "a photo of a {}, big\n\n  art of the   {}. ";
    expect(splitLines(text)).toEqual(["a photo of a {}, big", "art of the {}."]);
  });

  it("that stand there twice are the kernel's to refuse", () => {
    expect(splitLines("{}\n{}")).toEqual(["{}", "{}"]);
  });
});
