import { describe, expect, it } from "vitest";
import { followed } from "../../../src/views/word_lens/word_changes";

const WORDS = ["cat", "dog", "car", "fish"];

describe("numbers of words", () => {
  it("go on meaning the same words", () => {
    const to = ["fish", "dog", "apple", "car"];
    const found = followed({ target: 1, versus: 3, mask: [1, 2, 3] }, WORDS, to);
    expect(found).toEqual({ target: 1, versus: 0, mask: [1, 3, 0] });
  });

  it("are none when their word is gone", () => {
    const found = followed(
      { target: 3, versus: 0, mask: [0, 1] },
      WORDS,
      WORDS.slice(1),
    );
    expect(found).toEqual({ target: 2, versus: -1, mask: [0] });
  });

  it("leave nothing to compare once the word that is shown is gone", () => {
    const found = followed({ target: 0, versus: 2, mask: [] }, WORDS, WORDS.slice(1));
    expect(found).toEqual({ target: -1, versus: -1, mask: [] });
  });

  it("stay none", () => {
    const found = followed({ target: -1, versus: -1, mask: [] }, WORDS, ["new"]);
    expect(found).toEqual({ target: -1, versus: -1, mask: [] });
  });
});
