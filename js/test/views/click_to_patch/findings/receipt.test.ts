import { expect, it } from "vitest";
import {
  problemsOf,
  type Receipt,
  receiptFrom,
} from "../../../../src/views/click_to_patch/findings/receipt";

const EDIT = {
  address: "L1.H2",
  tokens: [],
  site: "blocks.1.attn.hook_z",
  fired: 1,
  largest_change: 1.5,
  relative_change: 0.5,
};
const SOUND: Receipt = { edits: [EDIT], difference: 1e-7, allowed: 4e-6, problems: [] };

it("has nothing against a sound receipt", () => {
  expect(problemsOf(SOUND, 1)).toEqual([]);
  expect(problemsOf({ ...SOUND, edits: [], difference: 0 }, 0)).toEqual([]);
  expect(problemsOf({ ...SOUND, difference: 4e-6 }, 1)).toEqual([]); // just allowed
});

it("repeats what the kernel found", () => {
  const problems = ["a hook was left on blocks.3"];
  expect(problemsOf({ ...SOUND, problems }, 1)).toEqual(problems);
});

it.each([
  [
    "an edit was dropped",
    { edits: [] },
    "Edits that were to act: 1; named in the proof: 0.",
  ],
  [
    "an edit found no site",
    { edits: [{ ...EDIT, site: null }] },
    "The edit of L1.H2 did not act.",
  ],
  [
    "an edit never ran",
    { edits: [{ ...EDIT, fired: 0 }] },
    "The edit of L1.H2 did not act.",
  ],
  [
    "the logits are others",
    { difference: 0.25 },
    "Furthest from the logits of the full run: 0.2500. Only 4.000e-6 is allowed.",
  ],
  [
    "the difference is not known",
    { difference: Number.NaN },
    "Furthest from the logits of the full run: unknown. Only 4.000e-6 is allowed.",
  ],
])("is against it by itself when %s", (_, changes, problem) => {
  expect(problemsOf({ ...SOUND, ...changes }, 1)).toEqual([problem]);
});

it("doesn't take a number that JSON can't hold for a sound one", () => {
  const result = { edits: [EDIT], difference: null, allowed: 4e-6, problems: [] };
  expect(problemsOf(receiptFrom(result), 1)).toHaveLength(1);
});

it("refuses a damaged answer", () => {
  const result = { edits: [EDIT], difference: 0, allowed: 1 };
  expect(() => receiptFrom(result)).toThrow(
    "a damaged answer came: problems is no list",
  );
});
