import { expect, it } from "vitest";
import {
  withEdit,
  withKind,
  withMoved,
  withoutEdit,
} from "../../../../src/views/click_to_patch/edits/edit_changes";
import { madeEdit } from "./made_edit";

const LIST = ["L0.H0", "L0.H1", "L0.H2"].map((address) => madeEdit({ address }));

function addresses(edits: readonly { address: string }[]): string[] {
  return edits.map(({ address }) => address);
}

it("keeps of an edit what its new kind has a use for", () => {
  const noise = madeEdit({ kind: "noise", source: "", strength: 2.5, seed: 7 });
  expect(withKind(noise, "resample", "dog")).toEqual({
    ...noise,
    kind: "resample",
    strength: 1, // 2.5 is too much for it
  });
  expect(withKind(noise, "steer", "dog")).toEqual({
    ...noise,
    kind: "steer",
    source: "dog",
    seed: 0,
  });
});

it("keeps the donor of an edit that has one", () => {
  const half = madeEdit({ source: "boat", strength: 0.5 });
  expect(withKind(half, "steer", "dog")).toEqual({ ...half, kind: "steer" });
  expect(withKind(half, "zero", "dog")).toEqual({ ...half, kind: "zero", source: "" });
});

it("moves an edit as far as there are places, and no other", () => {
  expect(addresses(withMoved(LIST, 2, -1))).toEqual(["L0.H0", "L0.H2", "L0.H1"]);
  expect(addresses(withMoved(LIST, 0, 1))).toEqual(["L0.H1", "L0.H0", "L0.H2"]);
  expect(withMoved(LIST, 0, -1)).toEqual(LIST);
  expect(withMoved(LIST, 2, 1)).toEqual(LIST);
});

it("changes or takes one edit and leaves the list that was", () => {
  const other = madeEdit({ address: "L2.MLP" });
  expect(addresses(withEdit(LIST, 1, other))).toEqual(["L0.H0", "L2.MLP", "L0.H2"]);
  expect(addresses(withoutEdit(LIST, 0))).toEqual(["L0.H1", "L0.H2"]);
  expect(addresses(LIST)).toEqual(["L0.H0", "L0.H1", "L0.H2"]);
});
