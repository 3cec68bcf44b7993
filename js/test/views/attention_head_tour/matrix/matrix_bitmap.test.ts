import { expect, it } from "vitest";
import { brightest } from "../../../../src/views/attention_head_tour/matrix/matrix_bitmap";
import { randomNumbers } from "../../../random";

it.each([
  [12, 1],
  [12, 3],
  [13, 2],
  [13, 5],
  [4, 7],
])("keeps the brightest of a square of %d by %d", (size, cells) => {
  const random = randomNumbers(size);
  const indices = Uint8Array.from({ length: size ** 2 }, () =>
    Math.floor(256 * random()),
  );
  const smaller = Math.ceil(size / cells);
  const out = new Uint8Array(smaller ** 2).fill(255);
  brightest(indices, size, cells, out);
  const expected = new Uint8Array(smaller ** 2);
  indices.forEach((index, at) => {
    const row = Math.floor(Math.floor(at / size) / cells);
    const block = row * smaller + Math.floor((at % size) / cells);
    expected[block] = Math.max(expected[block] ?? 0, index);
  });
  expect(out).toEqual(expected);
});
