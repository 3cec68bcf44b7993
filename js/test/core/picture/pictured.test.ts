import { expect, it } from "vitest";
import type { WireArray } from "../../../src/core/codec";
import { readPictured } from "../../../src/core/picture/pictured";

const PICTURE: WireArray<"uint8"> = {
  dtype: "uint8",
  shape: [2, 3, 3],
  data: Uint8Array.from({ length: 18 }, (_, at) => at),
};
const SAID = {
  grid: [2, 1] as [number, number],
  prefix_tokens: ["cls"],
  n_tokens: 3,
  picture: PICTURE,
};

it("reads the picture and where tokens lie on it", () => {
  const { grid, picture } = readPictured(SAID);
  expect([grid.rows, grid.columns, grid.prefixNames]).toEqual([2, 1, ["cls"]]);
  expect([picture.rows, picture.columns]).toEqual([2, 3]);
  expect([...picture.values]).toEqual([...Array(18).keys()]);
});

it("refuses tokens that are not all accounted for", () => {
  expect(() => readPictured({ ...SAID, n_tokens: 4 })).toThrow(
    "n_tokens is 4, but 1 prefix tokens and 2 x 1 patches make 3",
  );
});

it("refuses a picture that is cut off", () => {
  const picture = { ...PICTURE, shape: [2, 4, 3] };
  expect(() => readPictured({ ...SAID, picture })).toThrow("picture: 18 bytes came");
});
