import { expect, it } from "vitest";
import { tokenHeat } from "../../../../src/views/click_to_patch/pictures/token_heat";

const PREVIEW = new Float32Array([9, 9, 9, 0.5, -2, 1]);
const HEAT = { preview: PREVIEW, exact: null, correlation: null, why: null };

it("shows one block's row, exact where it came", () => {
  const exact = new Float32Array([0, 0, 0, Number.NaN, -0.25, Number.NaN]);
  const heat = tokenHeat({ ...HEAT, exact }, 1, 3);
  expect(heat?.values).toEqual(new Float32Array([0.5, -0.25, 1]));
  expect(heat?.most).toBe(1);
  expect([0, 1, 2].map((token) => heat?.isExact(token))).toEqual([false, true, false]);
  expect(heat?.how).toBe("partly exact");
  expect(tokenHeat({ ...HEAT, exact }, 0, 3)?.how).toBe("exact");
  expect(tokenHeat(HEAT, 1, 3)?.how).toBe("approximation");
});

it("shows nothing while nothing is known", () => {
  expect(tokenHeat({ ...HEAT, preview: null }, 0, 3)).toBeNull();
});
