import { expect, it } from "vitest";
import { pythonCode } from "../../src/core/python_code";

it("puts the state in the order of its names, as Python writes it", () => {
  const state = { query: 7, direction: "row", head: 0 };
  const frame = ["tour = Tour(\n", ")\nprint('$& {query}')\n"] as const;
  expect(pythonCode(frame, state)).toBe(
    'tour = Tour(\n    direction="row",\n    head=0,\n    query=7,\n)\n' +
      "print('$& {query}')\n",
  );
});
