import { expect, it } from "vitest";
import { fitting } from "../../../../src/views/click_to_patch/toolbar/kind_switch";

it("brings the strength within what the next kind can have", () => {
  expect(fitting(3, "patch")).toEqual({ strength: 1 });
  expect(fitting(-2, "noise")).toEqual({ strength: 0 });
  expect(fitting(-2, "steer")).toEqual({});
  expect(fitting(0.5, "zero")).toEqual({});
  expect(fitting(3, undefined)).toEqual({});
});
