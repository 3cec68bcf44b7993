import { beforeEach, describe, expect, it, vi } from "vitest";
import { AttentionStore } from "../../../src/core/attention";
import { Scope } from "../../../src/core/dispose";
import { PatchGrid } from "../../../src/core/grid";
import { Requests } from "../../../src/core/requests";
import type { Facts } from "../../../src/views/attention_head_tour/facts";
import { Loader } from "../../../src/views/attention_head_tour/loader";
import { FakeModel } from "../../fake_model";

const SIZES = { layers: 5, heads: 1, tokens: 2 };

let model: FakeModel;
let store: AttentionStore;
let alerts: string[];
let arrivals: number;

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
  return new Loader(requests, store, facts, {
    arrived: () => arrivals++,
    failed: (message) => alerts.push(message),
  });
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
});

const wanted = (layer: number) => ({ layer, query: 0, direction: "row" }) as const;
const layersAsked = () => model.sent.map(({ layer }) => layer);

describe("Loader of layers", () => {
  it("fetches the shown layer, then the nearest ones, one at a time", async () => {
    start("layers").want(wanted(3));
    for (let layer = 0; layer < 5; layer++) await answer(4, 2);
    expect(layersAsked()).toEqual([3, 2, 4, 1, 0]);
    expect(arrivals).toBe(5);
    expect(store.hasRows(1, "column")).toBe(true);
  });

  it("turns to another layer as soon as that is shown", async () => {
    const loader = start("layers");
    loader.want(wanted(4));
    loader.want(wanted(0));
    await answer(4, 2);
    expect(layersAsked()).toEqual([4, 0]);
  });

  it("says which layer failed, and tries again only when asked", async () => {
    const loader = start("layers");
    loader.want(wanted(2));
    await answer(4, 2, "the cache is gone");
    expect(alerts).toEqual(["Layer 2 could not be loaded: the cache is gone"]);
    expect(layersAsked()).toEqual([2]);
    loader.want(wanted(2));
    await answer(4, 2);
    expect(layersAsked()).toEqual([2, 2, 1]);
  });

  it("reports an answer of another size", async () => {
    start("layers").want(wanted(0));
    await answer(5, 2);
    expect(alerts[0]).toContain("codes: 5 values came where 4 belong");
  });
});

describe("Loader of rows", () => {
  it("asks for the newest query that is not here yet", async () => {
    const loader = start("rows");
    loader.want({ layer: 0, query: 0, direction: "row" });
    loader.want({ layer: 0, query: 1, direction: "row" });
    loader.want({ layer: 0, query: 1, direction: "column" });
    await answer(10, 5);
    await answer(10, 5);
    expect(model.sent).toMatchObject([
      { kind: "rows", query: 0, direction: "row" },
      { kind: "rows", query: 1, direction: "column" },
    ]);
    expect(store.hasRows(1, "column")).toBe(true);
    loader.want({ layer: 3, query: 1, direction: "column" });
    expect(model.sent).toHaveLength(2);
  });
});
