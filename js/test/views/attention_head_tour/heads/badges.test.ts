import { describe, expect, it } from "vitest";
import {
  badgeText,
  typeStyle,
} from "../../../../src/views/attention_head_tour/heads/badges";

describe("badgeText", () => {
  it.each([
    ["corner", "corner"],
    ["same column", "col"],
    ["CLS reader", "CLS"],
    ["mixed", ""],
    ["", ""],
    ["something new", "something new"],
  ])("of %s", (type, text) => {
    expect(badgeText(type)).toBe(text);
  });

  it.each([
    ["offset (-1,0)", "↑"],
    ["offset (0,1)", "→"],
    ["offset (1,-1)", "↙"],
    ["offset (0,0)", "•"],
    ["offset (-2,1)", "↗-2,1"],
  ])("of %s points to where it looks, rows down first", (type, text) => {
    expect(badgeText(type)).toBe(text);
  });
});

it.each([
  ["offset (0,-1)", "vw-type-offset"],
  ["same row", "vw-type-same-row"],
  ["CLS reader", "vw-type-cls-reader"],
])("the colour of %s is that of %s", (type, style) => {
  expect(typeStyle(type)).toBe(style);
});
