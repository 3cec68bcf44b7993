import { nullTranslator } from "@jupyterlab/translation";
import { describe, expect, test } from "vitest";
import { readTour } from "../../src/lab/documents/tour_file";

const trans = nullTranslator.load("vitwidgets");
const TOUR = {
  format: "vitwidgets tour",
  version: 1,
  model: { name: "emoji-vit", layers: 6, heads: 4, grid: [8, 8], prefix_tokens: [] },
  stops: [{ title: "One", text: "Look.", state: { layer: 1 } }],
};

test("a tour", () => {
  const { model, stops } = readTour(JSON.stringify(TOUR), trans);
  expect(model).toMatchObject({ name: "emoji-vit", layers: 6, heads: 4 });
  expect(stops).toEqual(TOUR.stops);
});

describe("what is wrong is said", () => {
  test.each([
    ["{", "can't be read as JSON"],
    ["[1]", "This is no guided tour"],
    [{ ...TOUR, format: "tour" }, "This is no guided tour"],
    [{ ...TOUR, version: 7 }, "version 7 of its format, and version 1 can be read"],
    [{ ...TOUR, model: { name: "x" } }, '"layers"'],
    [{ ...TOUR, stops: [] }, "There is no stop"],
    [{ ...TOUR, stops: [...TOUR.stops, { title: "Two" }] }, "Stop 2 must have"],
    [{ ...TOUR, stops: [{ title: 3, text: "", state: {} }] }, "Stop 1 must have"],
  ])("%j", (file, said) => {
    const text = typeof file === "string" ? file : JSON.stringify(file);
    expect(() => readTour(text, trans)).toThrow(said);
  });
});
