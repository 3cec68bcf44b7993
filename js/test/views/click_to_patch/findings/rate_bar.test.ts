import { expect, it } from "vitest";
import { rateText } from "../../../../src/views/click_to_patch/findings/rate_bar";

it("says how often, how much that is and how sure", () => {
  const rate = { n: 50, flipped: 34, rate: 0.68, low: 0.5421, high: 0.7924 };
  expect(rateText(rate).replaceAll("\u00a0", " ")).toBe(
    "flips 34 of 50 (68 %, 95 % interval 54 to 79 %)",
  );
});

it("says no share of nothing", () => {
  const rate = { n: 0, flipped: 0, rate: 0, low: 0, high: 1 };
  expect(rateText(rate)).toBe("no image was left to try");
});
