import { beforeEach, describe, expect, it } from "vitest";
import { Scope } from "../../src/core/dispose";
import { Sync } from "../../src/core/sync";
import { FakeModel } from "../fake_model";

interface State {
  layer: number;
  query: number;
  pins: number[][];
  name: string;
}

let model: FakeModel;
let scope: Scope;
let changed: string[];
let refused: string[];
let sync: Sync<State, "layer" | "query" | "pins">;

beforeEach(() => {
  model = new FakeModel({ layer: 1, query: 2, pins: [[1, 2]], name: "vit" });
  scope = new Scope();
  changed = [];
  refused = [];
  sync = new Sync<State, "layer" | "query" | "pins">(
    model.any as never,
    ["layer", "query", "pins"],
    scope,
    {
      check: (name, value) => {
        if ((value as number) > 9) throw new Error(`${name} ${value}`);
      },
      changed: (name) => changed.push(name),
      refused: (error) => refused.push(String(error)),
    },
  );
});

describe("Sync", () => {
  it("leads with local values and saves them together, once", () => {
    sync.set("query", 5);
    sync.set("layer", 3);
    sync.set("query", 6);
    expect([sync.get("query"), model.get("query")]).toEqual([6, 2]);
    sync.save();
    sync.save();
    expect(model.saved).toEqual([{ query: 6, layer: 3 }]);
    expect(changed).toEqual(["query", "layer", "query"]);
  });

  it("saves nothing that did not change", () => {
    sync.set("query", 2);
    sync.set("layer", 5);
    sync.set("layer", 1);
    sync.save();
    expect(model.saved).toEqual([]);
  });

  it("follows Python without writing back", () => {
    model.assign("query", 7);
    expect(sync.get("query")).toBe(7);
    sync.save();
    expect([changed, model.saved]).toEqual([["query"], []]);
  });

  it("keeps an act that is not saved yet over what comes from outside", () => {
    sync.set("query", 5);
    model.assign("query", 7);
    expect(sync.get("query")).toBe(5);
    sync.save();
    expect(model.get("query")).toBe(5);
  });

  it("refuses a value that can't be shown and keeps the one before", () => {
    model.assign("layer", 10);
    expect(sync.get("layer")).toBe(1);
    expect([changed, refused]).toEqual([[], ["Error: layer 10"]]);
  });

  it("takes an equal list for no change, from here and from outside", () => {
    sync.set("pins", [[1, 2]]);
    model.assign("pins", [[1, 2]]);
    expect(changed).toEqual([]);
    sync.set("pins", []);
    sync.set("pins", [[1, 2]]);
    sync.save();
    expect(model.saved).toEqual([]);
    model.assign("pins", [[1, 3]]);
    expect(sync.get("pins")).toEqual([[1, 3]]);
  });

  it("settles several values together, or none", () => {
    sync.settle({ query: 5, pins: [] });
    sync.save();
    expect(model.saved).toEqual([{ query: 5, pins: [] }]);
    expect(() => sync.settle({ query: 6, layer: 10 })).toThrow("layer 10");
    expect(() => sync.settle({ query: 6, name: "other" } as never)).toThrow("no name");
    expect([sync.get("query"), sync.settled("query")]).toEqual([5, 5]);
  });

  it("knows what was settled under what a pointer passes over", () => {
    sync.set("query", 5);
    sync.save();
    expect([sync.get("query"), sync.settled("query")]).toEqual([5, 2]);
    model.assign("query", 7);
    expect(sync.settled("query")).toBe(7);
  });

  it("takes what the model holds after a refusal", () => {
    sync.set("query", 8);
    model.state.query = 2;
    sync.takeAll();
    expect(sync.get("query")).toBe(2);
    sync.save();
    expect(model.saved).toEqual([]);
  });

  it("lets go of the model at the end", () => {
    expect(model.listenerCount).toBe(3);
    scope.dispose();
    expect(model.listenerCount).toBe(0);
  });

  it("refuses to start with a value that can't be shown", () => {
    model.state.layer = 99;
    const handlers = {
      check: () => {
        throw new Error("layer 99");
      },
      changed: () => undefined,
      refused: () => undefined,
    };
    expect(() => new Sync(model.any, ["layer"], scope, handlers)).toThrow("layer 99");
  });
});
