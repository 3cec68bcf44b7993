import { expect, it } from "vitest";
import {
  decimalsFor,
  plain,
  short,
  signed,
  sumLine,
} from "../../../src/views/logit_attribution/numbers";

it("shows four decimals, and four digits of small numbers", () => {
  expect(
    [8.68119, 0.0483, 0.000123456, -123.4, 0].map((value) => plain(value)),
  ).toEqual(["8.6812", "0.0483", "0.0001235", "−123.4000", "0.0000"]);
  expect(decimalsFor(1e-30)).toBe(12);
});

it("is never minus nothing", () => {
  expect(plain(-0.00001, 4)).toBe("0.0000");
  expect(signed(-0.00001, 4)).toBe("0.0000");
  expect(signed(0.00001, 4)).toBe("0.0000");
});

it("says which way a part goes", () => {
  expect([0.5, -0.5, 0].map((value) => signed(value))).toEqual([
    "+0.5000",
    "−0.5000",
    "0",
  ]);
  const shorts = [12.345, 0.12345, -0.0012345, 0.00012345, 1234.5].map(short);
  expect(shorts).toEqual(["+12.3", "+0.123", "−0.00123", "+1.2e-4", "+1235"]);
});

it("prints the residue when that many digits show it", () => {
  const sum = { sum: 8.68121, parent: 8.68124, residue: 0.00003 };
  expect(sumLine(sum, "logit")).toBe("sum 8.6812 = logit 8.6812");
  const less = { sum: -1, parent: -1.25, residue: -0.25 };
  expect(sumLine(less, "L3")).toBe("sum −1.0000 = L3 −1.2500 · residue −0.2500");
});
