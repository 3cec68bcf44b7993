import { describe, expect, it } from "vitest";
import { comparedObjects } from "../../../src/lens/mask/objects";

const [CAT, DOG, THING] = [
  { name: "cat", classes: [3, 4] },
  { name: "dog", classes: [7] },
  { name: "thing", classes: [] },
];

describe("comparedObjects", () => {
  it.each([
    ["those with a class in the set", [CAT, DOG, THING], [4, 9], [CAT]],
    ["several together", [CAT, DOG, THING], [7, 3], [CAT, DOG]],
    ["none that no class is called like", [CAT, THING], [9], []],
    [
      "a single thing that no class is called like, with any set",
      [THING],
      [9],
      [THING],
    ],
    ["nothing with an empty set", [THING], [], []],
    ["nothing where nothing is known", [], [1], []],
  ])("are %s", (_, truth, set, objects) => {
    expect(comparedObjects<typeof CAT>(truth as (typeof CAT)[], set)).toEqual(objects);
  });
});
