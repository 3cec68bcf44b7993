import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Scope } from "../../src/core/dispose";
import { checkHistory, History } from "../../src/core/history";
import type { Act } from "../../src/core/state.gen";
import { Sync } from "../../src/core/sync";
import { FakeModel } from "../fake_model";
import { randomNumbers } from "../random";

interface State {
  layer: number;
  query: number;
  search: string;
  pins: number[][];
  history: Act[];
  undone: number;
}

const NAMES = ["layer", "query", "search", "pins", "history", "undone"] as const;
const START = new Date("2026-01-02T03:04:05.678Z");

let model: FakeModel;
let sync: Sync<State, (typeof NAMES)[number]>;
let history: History<State, (typeof NAMES)[number]>;

/** A view of the present model; a model may have several. */
function open() {
  const opened = new Sync<State, (typeof NAMES)[number]>(
    model.any as never,
    NAMES,
    new Scope(),
    {
      check: (name, value) => {
        if (name === "history" || name === "undone") checkHistory(name, value);
        if (name === "layer" && (value as number) > 9)
          throw new Error(`layer ${value}`);
      },
      changed: () => undefined,
      refused: (error) => {
        throw error;
      },
    },
  );
  return [opened, new History<State, (typeof NAMES)[number]>(opened)] as const;
}

beforeEach(() => {
  vi.useFakeTimers({ now: START });
  model = new FakeModel({
    layer: 1,
    query: 2,
    search: "",
    pins: [],
    history: [],
    undone: 0,
  });
  [sync, history] = open();
});

afterEach(() => {
  vi.useRealTimers();
});

function wait(milliseconds: number): void {
  vi.advanceTimersByTime(milliseconds);
}

function act(changes: Partial<State>, verb = "do"): void {
  history.act(verb, "", changes);
}

function afters(): unknown[] {
  return sync.get("history").map(({ after }) => after);
}

describe("History", () => {
  it("saves an act and what was before it together, once", () => {
    history.act("pin", "L3.H2", { pins: [[3, 2]], layer: 3 });
    sync.save();
    const only = {
      verb: "pin",
      address: "L3.H2",
      before: { pins: [], layer: 1 },
      after: { pins: [[3, 2]], layer: 3 },
      time: "2026-01-02T03:04:05.678Z",
    };
    expect(model.saved).toEqual([{ pins: [[3, 2]], layer: 3, history: [only] }]);
    expect(history.toUndo).toEqual(only);
    expect(history.toRedo).toBeNull();
  });

  it("walks the states that were, whatever is done", () => {
    const number = randomNumbers(7);
    const states: Partial<State>[] = [{ layer: 1, search: "", pins: [] }];
    let at = 0;
    for (let step = 0; step < 500; step++) {
      wait(2_000);
      const kind = Math.floor(number() * 5);
      const digit = Math.floor(number() * 9);
      const changes = [{ layer: digit }, { search: `${digit}` }, { pins: [[digit]] }];
      if (kind === 0) {
        expect(history.undo() === null).toBe(at === 0);
        at = Math.max(0, at - 1);
      } else if (kind === 1) {
        expect(history.redo() === null).toBe(at === states.length - 1);
        at = Math.min(states.length - 1, at + 1);
      } else {
        const next = { ...states[at], ...changes[kind - 2] };
        act(changes[kind - 2] ?? {});
        if (JSON.stringify(next) === JSON.stringify(states[at])) continue;
        states.splice(++at, Number.POSITIVE_INFINITY, next);
      }
      const { layer, search, pins } = states[at] ?? {};
      expect([sync.get("layer"), sync.get("search"), sync.get("pins")]).toEqual([
        layer,
        search,
        pins,
      ]);
    }
  });

  it("restores what a pointer had brought when an act changed it", () => {
    sync.set("query", 5);
    act({ query: 7 });
    sync.set("query", 8);
    history.undo();
    expect(sync.get("query")).toBe(5);
    history.redo();
    expect(sync.get("query")).toBe(7);
  });

  it("undoes a click on what the pointer had already shown", () => {
    act({ query: 4 });
    wait(2_000);
    for (const passed of [5, 6, 7]) sync.set("query", passed);
    act({ query: 7 });
    expect(history.toUndo).toMatchObject({ before: { query: 4 }, after: { query: 7 } });
    history.undo();
    expect(sync.get("query")).toBe(4);
    sync.set("query", 7);
    model.assign("query", 3); // a local value that is not saved yet leads
    sync.save();
    model.assign("query", 3);
    sync.set("query", 6);
    act({ query: 6 });
    history.undo();
    expect(sync.get("query")).toBe(3);
  });

  it("takes typing in one go as one act", () => {
    for (const search of ["c", "co", "cor"]) {
      act({ search }, "search");
      wait(900);
    }
    expect(afters()).toEqual([{ search: "cor" }]);
    wait(101);
    act({ search: "corn" }, "search");
    expect(afters()).toEqual([{ search: "cor" }, { search: "corn" }]);
    history.undo();
    history.undo();
    expect(sync.get("search")).toBe("");
  });

  it("keeps quick acts apart that are not one", () => {
    act({ search: "c" }, "search");
    act({ search: "corner" }, "choose type");
    act({ layer: 3, query: 1 }, "open");
    act({ layer: 4, query: 1 }, "open");
    act({ pins: [[1, 1]] }, "pin");
    act({ pins: [[2, 2]] }, "pin");
    act({ query: 5 }, "point");
    sync.set("query", 6);
    act({ query: 7 }, "point");
    act({ query: 8 }, "point");
    history.undo();
    act({ query: 9 }, "point");
    expect(afters()).toEqual([
      { search: "c" },
      { search: "corner" },
      { layer: 3, query: 1 },
      { layer: 4, query: 1 },
      { pins: [[1, 1]] },
      { pins: [[2, 2]] },
      { query: 5 },
      { query: 9 },
    ]);
  });

  it("forgets what was typed and deleted at once", () => {
    act({ layer: 4 });
    act({ search: "c" }, "search");
    act({ search: "" }, "search");
    expect(afters()).toEqual([{ layer: 4 }]);
  });

  it("takes nothing that changes nothing for an act", () => {
    act({ layer: 3 });
    history.undo();
    act({ layer: 1, pins: [] });
    expect(history.toRedo).toMatchObject({ after: { layer: 3 } });
  });

  it("forgets undone acts when something new is done", () => {
    act({ layer: 3 });
    act({ layer: 4, query: 1 });
    history.undo();
    act({ pins: [[1, 2]] });
    expect(afters()).toEqual([{ layer: 3 }, { pins: [[1, 2]] }]);
    expect(history.redo()).toBeNull();
  });

  it("keeps the newest 200 acts", () => {
    for (let number = 0; number < 205; number++) act({ pins: [[number]] });
    const kept = afters() as { pins: number[][] }[];
    expect(kept.map(({ pins }) => pins[0]?.[0])).toEqual(
      Array.from({ length: 200 }, (_, at) => at + 5),
    );
  });

  it("keeps fewer where they are large, but always the last", () => {
    const long = (letter: string) => letter.repeat(50_000);
    const kept = () => sync.get("history").map(({ after }) => String(after.search)[0]);
    for (const letter of "abc") {
      act({ search: long(letter) });
      wait(2_000);
    }
    expect(kept()).toEqual(["b", "c"]);
    act({ search: long("d").repeat(6) });
    expect(kept()).toEqual(["d"]);
  });

  it("refuses an act, and an undo, that can't be shown, and changes nothing", () => {
    act({ layer: 3 });
    const before = { ...model.state };
    expect(() => act({ query: 1, layer: 10 })).toThrow("layer 10");
    expect(() => act({ odd: 1 } as never)).toThrow("there is no odd here");
    const bad = { ...before, verb: "", address: "", time: "" };
    model.assign("history", [{ ...bad, before: { query: 1, layer: 11 }, after: {} }]);
    sync.save();
    model.assign("history", [{ ...bad, before: { query: 1, layer: 11 }, after: {} }]);
    expect(() => history.undo()).toThrow("layer 11");
    expect([sync.get("query"), sync.get("layer"), sync.get("undone")]).toEqual([
      2, 3, 0,
    ]);
  });

  it("undoes what Python did, and sees what Python undid", () => {
    const done = {
      verb: "brush",
      address: "",
      before: { pins: [] },
      after: { pins: [[1, 2]] },
      time: "2026-01-02T03:04:05.678+00:00",
    };
    model.assign("pins", [[1, 2]]);
    model.assign("history", [done]);
    expect(history.undo()).toEqual(done);
    sync.save();
    expect(model.saved).toEqual([{ pins: [], undone: 1 }]);
    model.assign("undone", 0);
    model.assign("pins", [[1, 2]]);
    expect(history.toUndo).toEqual(done);
  });

  it("is one for all views of a model", () => {
    const [other, otherHistory] = open();
    act({ layer: 3 });
    sync.save();
    otherHistory.undo();
    other.save();
    expect([sync.get("layer"), sync.get("undone")]).toEqual([1, 1]);
    expect(history.redo()).toMatchObject({ after: { layer: 3 } });
  });

  it("has nothing to undo while the acts of an undone number are still to come", () => {
    model.assign("undone", 2);
    expect([history.toUndo, history.toRedo]).toEqual([null, null]);
  });
});

describe("checkHistory", () => {
  const good = { verb: "pin", address: "", before: {}, after: {}, time: "" };

  it("takes a history", () => {
    expect(() => checkHistory("history", [good])).not.toThrow();
    expect(() => checkHistory("undone", 3)).not.toThrow();
  });

  it.each([
    ["history", null, "history is no list of acts"],
    ["history", [good, { ...good, verb: 3 }], "history 1 is no act"],
    ["history", [{ ...good, before: null }], "history 0 is no act"],
    ["history", ["pin"], "history 0 is no act"],
    ["undone", -1, "undone -1 is no number of acts"],
    ["undone", 0.5, "undone 0.5 is no number of acts"],
  ] as const)("refuses %s %j", (name, value, message) => {
    expect(() => checkHistory(name, value)).toThrow(message);
  });
});
