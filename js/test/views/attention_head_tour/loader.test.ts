import { beforeEach, describe, expect, it, vi } from "vitest";
import { AttentionStore } from "../../../src/core/attention";
import { Scope } from "../../../src/core/dispose";
import { PatchGrid } from "../../../src/core/grid";
import { Requests } from "../../../src/core/requests";
import type { Facts, Settings } from "../../../src/views/attention_head_tour/facts";
import { Loader } from "../../../src/views/attention_head_tour/loader";
import type { Tour } from "../../../src/views/attention_head_tour/tour";
import { FakeModel } from "../../fake_model";

const SIZES = { layers: 5, heads: 1, tokens: 2 };

let model: FakeModel;
let store: AttentionStore;
let alerts: string[];
let arrivals: number;
let state: Settings;
let tokens: number[] | null;

function start(delivery: Facts["delivery"]): Loader {
  const facts = {
    sizes: SIZES,
    delivery,
    grid: new PatchGrid(1, 1, ["cls"]),
  } as Facts;
  const scope = new Scope();
  const requests = new Requests(model.any, scope, {
    patience: () => undefined,
    lost: () => undefined,
  });
  const tour = {
    requests,
    settings: { get: (name: keyof Settings) => state[name] },
    invalidate: () => arrivals++,
    alert: (message: string) => alerts.push(message),
  } as unknown as Tour;
  const side = {
    index: 1,
    facts,
    get tokens() {
      return tokens;
    },
    tokenName: "the token",
  };
  return new Loader(tour, side, store, "written");
}

/** Ask for what these settings need, of some tokens of this side. */
function want(
  loader: Loader,
  changes: Partial<Settings>,
  these: number[] | null = [0],
): void {
  Object.assign(state, changes);
  tokens = these;
  loader.want();
}

async function answer(codes: number, scales: number, error?: string): Promise<void> {
  const arrays = [
    { name: "codes", dtype: "uint8", shape: [codes] },
    { name: "scales", dtype: "float32", shape: [scales] },
  ];
  const id = model.sent.at(-1)?.id;
  const content = { type: "reply", id, part: 0, parts: 1, ...(error && { error }) };
  const buffers = [new DataView(new ArrayBuffer(codes + 4 * scales))];
  model.emit("msg:custom", { ...content, arrays }, buffers);
  await vi.waitFor(() => undefined);
}

beforeEach(() => {
  model = new FakeModel();
  store = new AttentionStore(SIZES);
  alerts = [];
  arrivals = 0;
  const shown = { shown: "written", layer: 0, query: 0, region: [], direction: "row" };
  state = shown as unknown as Settings;
});

const layersAsked = () => model.sent.map(({ layer }) => layer);

describe("Loader of layers", () => {
  it("fetches the shown layer, then the nearest ones, one at a time", async () => {
    want(start("layers"), { layer: 3 });
    for (let layer = 0; layer < 5; layer++) await answer(4, 2);
    expect(layersAsked()).toEqual([3, 2, 4, 1, 0]);
    expect(arrivals).toBe(5);
    expect(store.hasRows("column 1")).toBe(true);
  });

  it("turns to another layer as soon as that is shown", async () => {
    const loader = start("layers");
    want(loader, { layer: 4 });
    want(loader, { layer: 0 });
    await answer(4, 2);
    expect(layersAsked()).toEqual([4, 0]);
  });

  it("stops when something else is shown, and goes on when that is over", async () => {
    const loader = start("layers");
    want(loader, { layer: 2 });
    state.shown = "pattern";
    await answer(4, 2);
    expect(layersAsked()).toEqual([2]);
    want(loader, { shown: "written" });
    expect(layersAsked()).toEqual([2, 1]);
  });

  it("says which layer failed, and tries again only when asked", async () => {
    const loader = start("layers");
    want(loader, { layer: 2 });
    await answer(4, 2, "the cache is gone");
    expect(alerts).toEqual(["Layer 2 could not be loaded: the cache is gone"]);
    expect(layersAsked()).toEqual([2]);
    want(loader, { layer: 2 });
    await answer(4, 2);
    expect(layersAsked()).toEqual([2, 2, 1]);
  });

  it("reports an answer of another size", async () => {
    want(start("layers"), { layer: 0 });
    await answer(5, 2);
    expect(alerts[0]).toContain("codes: 5 values came where 4 belong");
  });
});

describe("Loader of rows", () => {
  const asked = () => model.sent.map(({ query }) => query);

  it("asks for the newest query that is not here yet", async () => {
    const loader = start("rows");
    want(loader, { query: 0 }, [0]);
    want(loader, { query: 1 }, [1]);
    want(loader, { direction: "column" }, [1]);
    await answer(10, 5);
    await answer(10, 5);
    expect(model.sent).toMatchObject([
      { kind: "rows", side: 1, shown: "written", query: 0, direction: "row" },
      { kind: "rows", side: 1, shown: "written", query: 1, direction: "column" },
    ]);
    expect(store.hasRows("column 1")).toBe(true);
    want(loader, { layer: 3 }, [1]);
    expect(model.sent).toHaveLength(2);
  });

  it("keeps rows that were passed over, and asks for none that are here", async () => {
    const loader = start("rows");
    want(loader, { query: 0 }, [0]);
    want(loader, { query: 1 }, [1]);
    await answer(10, 5);
    expect(store.hasRows("row 0")).toBe(true);
    want(loader, { query: 0 }, [0]);
    await answer(10, 5);
    expect(asked()).toEqual([0, 1]);
    expect(arrivals).toBe(2);
  });

  it("asks once for rows that a person comes back to before they are here", async () => {
    const loader = start("rows");
    for (const query of [0, 1, 0]) want(loader, { query }, [query]);
    await answer(10, 5);
    expect(asked()).toEqual([0]);
  });

  it("has one open question, however many tokens are passed over", async () => {
    const loader = start("rows");
    for (let query = 0; query < 100; query++) want(loader, { query }, [query]);
    expect(asked()).toEqual([0]);
    await answer(10, 5);
    expect(asked()).toEqual([0, 99]);
  });

  it("asks for nothing where this side has no such token", () => {
    want(start("rows"), { query: 1 }, null);
    expect(model.sent).toEqual([]);
  });

  it("asks for a region's mean, which is another thing than its first token's rows", async () => {
    const loader = start("rows");
    want(loader, { query: 0 }, [0]);
    await answer(10, 5);
    want(loader, { region: [0, 0, 0, 0] }, [0, 1]);
    expect(model.sent.at(-1)).toMatchObject({ kind: "rows", region: [0, 0, 0, 0] });
  });

  it("says that rows failed, until they are asked for again", async () => {
    const loader = start("rows");
    want(loader, { query: 1 }, [1]);
    await answer(10, 5, "out of memory");
    expect(alerts).toEqual([
      "The attention of the token could not be loaded: out of memory",
    ]);
    expect(loader.failed).toBe(true);
    expect(asked()).toEqual([1]);
    want(loader, { query: 1 }, [1]);
    expect(loader.failed).toBe(false);
    await answer(10, 5);
    expect(asked()).toEqual([1, 1]);
    expect(loader.failed).toBe(false);
    expect(store.hasRows("row 1")).toBe(true);
  });

  it("says nothing of a failure that a person has moved on from", async () => {
    const loader = start("rows");
    want(loader, { query: 0 }, [0]);
    want(loader, { query: 1 }, [1]);
    await answer(10, 5, "too late");
    await answer(10, 5);
    expect(alerts).toEqual([]);
    expect(asked()).toEqual([0, 1]);
    expect(store.hasRows("row 1")).toBe(true);
  });
});
