import { expect, test } from "vitest";
import { sizeOf } from "../../src/lab/alive/size";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [12_345, "12 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [5_430_000, "5.4 MB"],
  [2e9, "2.0 GB"],
  [5e15, "5000 TB"],
])("%d", (bytes, said) => {
  expect(sizeOf(bytes)).toBe(said);
});
