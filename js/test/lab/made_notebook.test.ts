import { nullTranslator } from "@jupyterlab/translation";
import { expect, test } from "vitest";
import { DEFAULTS } from "../../src/lab/preferences";
import {
  explorerNotebook,
  lessonNotebook,
  lookInsideNotebook,
  type MadeNotebook,
  tourNotebook,
  type ViewName,
} from "../../src/lab/start/made_notebook";

const trans = nullTranslator.load("vitwidgets");

function codeOf({ cells }: MadeNotebook): string[] {
  return cells
    .filter((cell) => cell.cell_type === "code")
    .map((cell) => cell.source as string);
}

const BEGINNING = `# If this line fails, run: %pip install vitwidgets
import vitwidgets as vw

model = vw.load_model()

`;

test("a picture in each view", () => {
  const made = (view: ViewName) =>
    codeOf(lookInsideNotebook(view, "cat.png", DEFAULTS, trans));
  expect(made("tour")).toEqual([
    `${BEGINNING}image = "cat.png"\ntour = vw.AttentionHeadTour(model, image)\ntour`,
  ]);
  expect(made("lens")).toEqual([
    `${BEGINNING}image = "cat.png"\nlens = vw.EmojiLogitLens(model, image)\nlens`,
  ]);
  expect(made("attribution")).toEqual([
    `${BEGINNING}image = "cat.png"\nattribution = vw.LogitAttribution(model, image)\nattribution`,
  ]);
  expect(made("patch")[0]).toContain(
    "patcher = vw.ClickToPatch(model, image, donor)\npatcher",
  );
});

test.each([
  ['"; import os #.png', String.raw`image = "\"; import os #.png"`],
  ["back\\slash\n.png", String.raw`image = "back\\slash\n.png"`],
  ["Käse 🧀.png", 'image = "Käse 🧀.png"'],
])("a file's name is a Python literal: %s", (file, line) => {
  const [code] = codeOf(lookInsideNotebook("lens", file, DEFAULTS, trans));
  expect(code?.split("\n")).toContain(line);
});

test("what was chosen", () => {
  const chosen = { ...DEFAULTS, model: "vit_tiny_patch16_224", payloadBudget: 0.5 };
  for (const notebook of [
    lookInsideNotebook("tour", "cat.png", chosen, trans),
    explorerNotebook(chosen, trans),
    tourNotebook("mine.vwtour.json", chosen, trans),
  ]) {
    const code = codeOf(notebook).join("\n");
    expect(code).toContain('vw.load_model("vit_tiny_patch16_224")');
    expect(code).toContain("vw.AttentionHeadTour(model, image, payload_budget=500000)");
  }
});

test("an explorer has a cell for each view", () => {
  const [setup, ...views] = codeOf(explorerNotebook(DEFAULTS, trans));
  expect(setup).toContain('image = vw.images.sample("cat-and-dog")');
  expect(views.map((code) => /vw\.([A-Z]\w+)\(/.exec(code)?.[1])).toEqual([
    "AttentionHeadTour",
    "EmojiLogitLens",
    "LogitAttribution",
    "ClickToPatch",
  ]);
});

test("a chosen model says whose choice it is", () => {
  const chosen = { ...DEFAULTS, model: "vit_tiny_patch16_224" };
  const lineBefore = (notebook: MadeNotebook) => {
    const lines = codeOf(notebook).join("\n").split("\n");
    return lines[lines.findIndex((line) => line.includes("load_model")) - 1];
  };
  expect(lineBefore(explorerNotebook(chosen, trans))).toContain("settings");
  expect(lineBefore(lookInsideNotebook("lens", "cat.png", chosen, trans))).toContain(
    "settings",
  );
  expect(lineBefore(tourNotebook("mine.vwtour.json", chosen, trans))).toContain("tour");
});

test("a lesson is one cell", () => {
  expect(codeOf(lessonNotebook("logit-lens", trans))).toEqual([
    `# If this line fails, run: %pip install vitwidgets
import vitwidgets as vw

lesson = vw.workshop("logit-lens")
lesson`,
  ]);
});
