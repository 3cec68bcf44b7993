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
  return new Loader(tour, facts, store, { side: 1, shown: "written" });
}

/** Ask for what these settings need, of the only token or of several. */
function want(loader: Loader, changes: Partial<Settings>, tokens = [0]): void {
  Object.assign(state, changes);
  loader.want(tokens);
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

  it("asks for a region's mean, which is another thing than its first token's rows", async () => {
    const loader = start("rows");
    want(loader, { query: 0 }, [0]);
    await answer(10, 5);
    want(loader, { region: [0, 0, 0, 0] }, [0, 1]);
    expect(model.sent.at(-1)).toMatchObject({ kind: "rows", region: [0, 0, 0, 0] });
  });
});
