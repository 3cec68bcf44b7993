import { deflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { HostModel, type State } from "../../src/host/host_model";
import type { KeptVerdict, LessonData } from "../../src/host/lesson/lesson_data";
import { LessonPlayer } from "../../src/host/lesson/lesson_player";

const NEW = { seen: false, solved: false, hints: 0, count: 0, tries: [] };
const NOTHING = {
  paragraphs: ["Text."],
  ask: "",
  choices: [],
  hints: [],
  more_hints: 0,
  left_out: "",
  judged: false,
};

function kept(verdicts: KeptVerdict[]) {
  const bytes = deflateSync(JSON.stringify(verdicts));
  const data = bytes.toString("base64");
  return { name: "", dtype: "uint8" as const, shape: [bytes.length], data };
}

function verdict(seen: State, text: string, right = false): KeptVerdict {
  return { seen, right, what: "{edits now}", text };
}

/** A lesson whose second step has these verdicts, over a view in this state. */
function playing(
  verdicts: KeptVerdict[] | null,
  view: State,
  logits: number[] | null = null,
) {
  const first = { shown: NOTHING, hints: [], state: { layer: 0 }, asked: false };
  const asked = { ...NOTHING, ask: "?", more_hints: 2 };
  const data: LessonData = {
    view: "workshop-lesson.js",
    state: { progress: [] },
    title: "Heads",
    model: "small",
    image: "cat",
    steps: [
      { ...first, verdicts: null, why_not: "" },
      {
        shown: asked,
        hints: ["One.", "Two."],
        state: { layer: 2 },
        asked: true,
        verdicts: verdicts && kept(verdicts),
        why_not: verdicts ? "" : "It needs a kernel.",
      },
    ],
    says: ["it says cat ({percent} %)", "it says dog ({percent} %)"],
  };
  const page = new HostModel({
    state: { step: 0, titles: ["A", "B"], shown: NOTHING, progress: [NEW, NEW] },
  });
  const below = new HostModel({ state: { history: [], undone: 0, ...view } });
  const asks: State[] = [];
  const player = new LessonPlayer(data, page, below, (request) => {
    asks.push(request);
    if (!logits) return { result: {} };
    const values = new Float32Array(logits);
    const shape = [values.length];
    return { arrays: [{ name: "logits", dtype: "float32", shape, data: values }] };
  });
  const ask = (kind: string, more: State = {}) => player.answer({ kind, ...more });
  const tries = () => (page.get("progress") as (typeof NEW)[])[1]?.tries as State[];
  return { page, below, ask, asks, tries };
}

const copy = (address: string, ...tokens: string[]) => ({
  address,
  tokens,
  kind: "patch",
  strength: 1,
  source: "d",
  seed: 0,
  switch: "on",
});

describe("a step", () => {
  it("sets the view as one act that can be undone", async () => {
    const { page, below, ask } = playing([], { layer: 1 });
    await ask("go", { step: 1 });
    expect(below.get("layer")).toBe(2);
    expect(below.get("history")).toMatchObject([
      { verb: "lesson step", address: "2", before: { layer: 1 }, after: { layer: 2 } },
    ]);
    expect(page.get("step")).toBe(1);
    expect(page.get("progress")).toMatchObject([{ seen: false }, { seen: true }]);
  });

  it("shows one hint more when asked, and no third of two", async () => {
    const { page, ask } = playing([], { layer: 1 });
    await ask("go", { step: 1 });
    for (const hints of [["One."], ["One.", "Two."], ["One.", "Two."]]) {
      await ask("hint");
      expect(page.get("shown")).toMatchObject({ hints, more_hints: 2 - hints.length });
    }
  });

  it("has no verdict once it is begun again, and keeps it while hints are shown", async () => {
    const { page, ask } = playing([verdict({}, "So.")], { layer: 1 });
    const judged = () => (page.get("shown") as { judged: boolean }).judged;
    await ask("go", { step: 1 });
    expect(judged()).toBe(false);
    await ask("check", { choice: "" });
    expect(judged()).toBe(true);
    await ask("hint");
    expect(judged()).toBe(true);
    await ask("go", { step: 1 });
    expect(judged()).toBe(false);
  });

  it("that does not exist is refused, and nothing changes", async () => {
    const { page, ask } = playing([], { layer: 1 });
    expect(await ask("go", { step: 2 })).toEqual({ error: "there is no step 2" });
    expect(page.get("step")).toBe(0);
  });
});

describe("a verdict", () => {
  it("is the first of which all is seen", async () => {
    const rows = [
      verdict({ layer: 2, pins: [[0, 1]] }, "both", true),
      verdict({ layer: 2 }, "the layer"),
    ];
    const { below, ask, tries } = playing(rows, { layer: 0, pins: [] });
    await ask("go", { step: 1 });
    await ask("check", { choice: "" });
    below.assign({ pins: [[0, 1]] });
    await ask("check", { choice: "" });
    expect(tries()).toMatchObject([
      { right: false, said: "the layer" },
      { right: true, said: "both" },
    ]);
  });

  it("on what is not kept is not guessed: no try is counted", async () => {
    const { ask, tries } = playing([verdict({ pins: [] }, "none")], { pins: [[0, 1]] });
    await ask("go", { step: 1 });
    const { error } = await ask("check", { choice: "" });
    expect(error).toContain("This page can't judge that");
    expect(tries()).toEqual([]);
  });

  it("on a question that needs a kernel says so", async () => {
    const { ask } = playing(null, {});
    await ask("go", { step: 1 });
    expect(await ask("check", { choice: "" })).toEqual({ error: "It needs a kernel." });
  });

  it("on a step without a question is refused", async () => {
    const { ask } = playing([], {});
    expect((await ask("check")).error).toContain("nothing is asked");
  });
});

describe("edits", () => {
  const rows = [
    verdict(
      { "edits.site": "head", "edits.places": 2, says: 1 },
      "{answer now}!",
      true,
    ),
    verdict({ "edits.site": "head", "edits.whole": true }, "no: {answer now}"),
    verdict({ "edits.number": 0 }, "nothing"),
  ];
  const two = [copy("L0.H1"), copy("L1.H0"), { ...copy("L0.MLP"), switch: "off" }];

  it("are judged by what the model says of those that act", async () => {
    const { ask, asks, tries } = playing(rows, { interventions: two }, [
      0,
      Math.log(3),
    ]);
    await ask("go", { step: 1 });
    await ask("check", { choice: "" });
    const what = "patch L0.H1, patch L1.H0";
    expect(tries()).toMatchObject([{ right: true, what, said: "it says dog (75 %)!" }]);
    const asked = asks[0]?.interventions as State[];
    expect(asked.map(({ address }) => address)).toEqual(["L0.H1", "L1.H0"]);
    expect(asked.every((each) => !("switch" in each))).toBe(true);
  });

  it("are not judged where the page can't tell what the model says", async () => {
    const { below, ask, tries } = playing(rows, { interventions: two });
    await ask("go", { step: 1 });
    expect((await ask("check", { choice: "" })).error).toContain("can't judge that");
    below.assign({ interventions: [] });
    await ask("check", { choice: "" });
    expect(tries()).toMatchObject([{ said: "nothing", what: "no edit" }]);
  });
});

it("sums up what was tried, and how often", async () => {
  const { ask, tries } = playing([verdict({}, "So.", true)], {
    interventions: [copy("L0.H1", "cls"), copy("L0.resid_pre", "cls", "(0,0)")],
  });
  await ask("go", { step: 1 });
  await ask("hint");
  await ask("check", { choice: "" });
  const { result } = await ask("summary");
  const lines = String(result?.text).split("\n");
  expect(lines.slice(0, 6)).toEqual([
    "Lesson: Heads",
    "Model: small; image: cat",
    "Questions answered: 1 of 1, in 1 try",
    "Steps seen: 1 of 2",
    "",
    "2. B: answered (1 try, 1 hint)",
  ]);
  const [attempt] = tries() as { time: string }[];
  const here = new Date(String(attempt?.time));
  const hour = String(here.getHours()).padStart(2, "0");
  expect(lines[6]).toContain(` ${hour}:`);
  expect(lines[6]).toMatch(
    /^ {3}\d{4}-\d\d-\d\d \d\d:\d\d {2}patch L0[.]H1@cls, patch L0[.]resid_pre at 2 tokens: right[.] So[.]$/,
  );
});
