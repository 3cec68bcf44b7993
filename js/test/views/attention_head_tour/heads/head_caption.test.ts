import { expect, it } from "vitest";
import type { Place } from "../../../../src/views/attention_head_tour/finder/head_table";
import { measuredCaption } from "../../../../src/views/attention_head_tour/heads/head_caption";
import { measuredTable } from "../measured_table";

it.each<[Place, string]>([
  [
    [0, 0],
    "corner 0.83, less clearly border 0.41 (on another scale) · without it: logit −0.42 ± 0.05",
  ],
  [[0, 1], "same row 0.61 · without it: logit +0.10 ± 0.10"],
  [
    [0, 2],
    "offset (0,-1) 0.90, less clearly same row 0.22 (on another scale) · without it: logit +0.00",
  ],
  [[1, 1], "mixed, nearest to corner 0.20 · without it: logit +1.00 ± 0.10"],
  [[9, 9], ""],
])("%j: %s", (place, caption) => {
  expect(measuredCaption(measuredTable(), place)).toBe(caption);
});
