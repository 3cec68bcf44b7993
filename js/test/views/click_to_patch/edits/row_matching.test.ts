import { expect, it } from "vitest";
import { matchRows } from "../../../../src/views/click_to_patch/edits/row_matching";
import { madeEdit } from "./made_edit";

const [FIRST, SECOND, THIRD] = ["L0.H0", "L0.H1", "L0.H2"].map((address) =>
  madeEdit({ address }),
) as [
  ReturnType<typeof madeEdit>,
  ReturnType<typeof madeEdit>,
  ReturnType<typeof madeEdit>,
];

it("finds edits again that moved, and those that are new", () => {
  expect(matchRows([FIRST, SECOND], [SECOND, THIRD, FIRST])).toEqual([1, -1, 0]);
  expect(matchRows([FIRST, SECOND, THIRD], [FIRST, THIRD])).toEqual([0, 2]);
  expect(matchRows([], [FIRST])).toEqual([-1]);
});

it("knows an edit again that has changed", () => {
  const weaker = { ...SECOND, strength: 0.5 };
  expect(matchRows([FIRST, SECOND], [weaker, FIRST])).toEqual([1, 0]);
  const elsewhere = { ...SECOND, tokens: ["cls"] };
  expect(matchRows([FIRST, SECOND], [FIRST, elsewhere])).toEqual([0, 1]);
});

it("doesn't mistake edits for each other that a slider makes alike", () => {
  const half = { ...FIRST, strength: 0.5 };
  expect(matchRows([half, FIRST], [FIRST, FIRST])).toEqual([0, 1]);
  expect(matchRows([FIRST, half], [half, half])).toEqual([0, 1]);
});

it("tells edits of one component apart by their tokens", () => {
  const cls = madeEdit({ tokens: ["cls"] });
  const patch = madeEdit({ tokens: ["(0,1)"] });
  const changed = { ...patch, strength: 0.25 };
  expect(matchRows([cls, patch], [changed, cls])).toEqual([1, 0]);
});
