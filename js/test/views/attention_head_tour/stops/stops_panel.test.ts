import { describe, expect, it } from "vitest";
import type { TourStop } from "../../../../src/core/state.gen";
import type { Settings } from "../../../../src/views/attention_head_tour/facts";
import {
  shownState,
  wayTo,
  withoutStop,
  withStop,
} from "../../../../src/views/attention_head_tour/stops/stop_list";

const named = (title: string, state: TourStop["state"] = {}): TourStop => ({
  title,
  text: `about ${title}`,
  state,
});
const [A, B, C, NEW] = [
  named("A", { layer: 0 }),
  named("B", { layer: 1, pins: [[0, 1]] }),
  named("C"),
  named("new"),
];
const titles = (stops: readonly TourStop[] = []) => stops.map(({ title }) => title);

it("keeps all that a view shows, and not how one came there", () => {
  const settings: Settings = {
    layer: 2,
    head: 1,
    query: 7,
    direction: "column",
    scale: "log",
    maximum: "shared",
    shown: "written",
    region: [0, 0, 1, 1],
    pins: [[1, 0]],
    large: "matrix",
    sort: "entropy",
    search: "corner",
    selection: [[2, 1]],
    side: 1,
    stops: [A],
    stop: 0,
    history: [{ verb: "pin", address: "", before: {}, after: {}, time: "" }],
    undone: 1,
  };
  const { stops, stop, history, undone, ...shown } = settings;
  const reader = { get: <Name extends keyof Settings>(name: Name) => settings[name] };
  expect(shownState(reader)).toEqual(shown);
});

describe("the way to a stop", () => {
  it("sets its state and its number", () => {
    expect(wayTo([A, B], 1)).toEqual({ layer: 1, pins: [[0, 1]], stop: 1 });
  });

  it.each([-1, 2, 99])(
    "leads nowhere before the first and after the last: %d",
    (at) => {
      expect(wayTo([A, B], at)).toBeNull();
    },
  );
});

describe("a new stop", () => {
  it.each([
    [0, ["A", "new", "B", "C"], 1],
    [2, ["A", "B", "C", "new"], 3],
    [-1, ["A", "B", "C", "new"], 3],
    [99, ["A", "B", "C", "new"], 3],
  ])("comes after stop %d", (stop, expected, at) => {
    const route = withStop({ stops: [A, B, C], stop }, NEW);
    expect([titles(route.stops), route.stop]).toEqual([expected, at]);
  });

  it("may be the first", () => {
    expect(withStop({ stops: [], stop: -1 }, NEW)).toEqual({ stops: [NEW], stop: 0 });
  });
});

describe("without the present stop", () => {
  it.each([
    [0, ["B", "C"], 0, 1],
    [1, ["A", "C"], 1, undefined],
    [2, ["A", "B"], 1, 1],
  ])("one is at its neighbour: %d", (stop, expected, at, layer) => {
    const way = withoutStop({ stops: [A, B, C], stop });
    expect([titles(way.stops), way.stop, way.layer]).toEqual([expected, at, layer]);
  });

  it("one is nowhere when it was the last", () => {
    expect(withoutStop({ stops: [A], stop: 0 })).toEqual({ stops: [], stop: -1 });
  });

  it("leaves what is given as it is", () => {
    const route = { stops: [A, B, C], stop: 1 };
    withoutStop(route);
    withStop(route, NEW);
    expect(titles(route.stops)).toEqual(["A", "B", "C"]);
  });
});
