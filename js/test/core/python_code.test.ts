import { expect, it } from "vitest";
import { pythonCode } from "../../src/core/python_code";

const RULES = {
  always: ["direction", "head", "query"],
  changed: { pins: [], shown: "pattern" },
};

it("puts the state in the order of its names, as Python writes it", () => {
  const state = { query: 7, direction: "row", head: 0, pins: [], shown: "pattern" };
  const frame = ["tour = Tour(\n", ")\nprint('$& {query}')\n"] as const;
  expect(pythonCode(frame, state, RULES)).toBe(
    'tour = Tour(\n    direction="row",\n    head=0,\n    query=7,\n)\n' +
      "print('$& {query}')\n",
  );
});

it("names what differs from the default, and never the rest", () => {
  const pins = [
    [0, 3],
    [2, 1],
  ];
  const state = { head: 1, shown: "scores", pins, history: [1] };
  expect(pythonCode(["", ""], state, RULES)).toBe(
    '    head=1,\n    pins=[[0, 3], [2, 1]],\n    shown="scores",\n',
  );
});

it("gives each record a line of its own, in the order of its fields", () => {
  const edits = [
    { address: "L0.H1", tokens: [], strength: 1, switch: "on" },
    { address: "L1.resid_pre", tokens: ["cls", "(0,1)"], strength: 0.5, switch: "off" },
  ];
  const rules = { always: ["edits", "none"], changed: {} };
  expect(pythonCode(["", ""], { edits, none: [] }, rules)).toBe(
    "    edits=[\n" +
      '        {"address": "L0.H1", "tokens": [], "strength": 1, "switch": "on"},\n' +
      '        {"address": "L1.resid_pre", "tokens": ["cls", "(0,1)"], ' +
      '"strength": 0.5, "switch": "off"},\n' +
      "    ],\n    none=[],\n",
  );
});
