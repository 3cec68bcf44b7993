import { beforeEach, describe, expect, it } from "vitest";
import { AttentionStore } from "../../../../src/core/attention";
import { type Answer, DetachedError } from "../../../../src/core/requests";
import { HeadLoader } from "../../../../src/views/attention_head_tour/matrix/head_loader";
import type { Side } from "../../../../src/views/attention_head_tour/side";
import type { Tour } from "../../../../src/views/attention_head_tour/tour";

const SIZES = { layers: 3, heads: 4, tokens: 5 };

interface Question {
  request: unknown;
  answer(answer?: Answer): void;
  fail(error: Error): void;
}

let asked: Question[];
let alerts: string[];
let tour: { detached: boolean };
let side: { store: AttentionStore; facts: { delivery: string }; place: number[] };
let loader: HeadLoader;

const codes = new Uint8Array(25).fill(255);
const answer: Answer = {
  result: {},
  arrays: [
    { name: "codes", dtype: "uint8", shape: [5, 5], values: codes },
    { name: "scales", dtype: "float32", shape: [5], values: new Float32Array(5) },
  ],
};
const settled = () => new Promise((resolve) => setTimeout(resolve));

beforeEach(() => {
  [asked, alerts] = [[], []];
  const ask = (kind: string, request: object) =>
    new Promise<Answer>((resolve, reject) => {
      asked.push({
        request: { kind, ...request },
        answer: (own = answer) => resolve(own),
        fail: reject,
      });
    });
  tour = {
    detached: false,
    requests: { ask },
    settings: { get: () => "written" },
    invalidate: () => undefined,
    alert: (message: string) => alerts.push(message),
  } as unknown as typeof tour;
  side = {
    store: new AttentionStore(SIZES),
    facts: { delivery: "rows" },
    place: [1, 2],
    sizes: SIZES,
    index: 1,
  } as unknown as typeof side;
  loader = new HeadLoader(tour as unknown as Tour, side as unknown as Side);
});

describe("HeadLoader", () => {
  it("fetches a head once, and says so until it has come", async () => {
    expect(loader.matrix([1, 2])).toBeNull();
    expect(loader.matrix([1, 2])).toBeNull();
    expect(loader.missing([1, 2])).toBe("fetching L1.H2 …");
    const request = { kind: "head", side: 1, shown: "written", layer: 1, head: 2 };
    expect(asked.map((each) => each.request)).toEqual([request]);
    asked[0]?.answer();
    await settled();
    const matrix = loader.matrix([1, 2]);
    expect(matrix).not.toBeNull();
    expect(loader.matrix([1, 2])).toBe(matrix);
    expect(loader.missing([1, 2])).toBeNull();
  });

  it("keeps a head that came when another one was on show", async () => {
    loader.matrix([1, 2]);
    loader.matrix([0, 0]);
    asked[0]?.answer();
    await settled();
    expect(loader.matrix([1, 2])).not.toBeNull();
    expect(asked).toHaveLength(2);
  });

  it("takes a head out of a layer that is in the page", () => {
    side.facts.delivery = "layers";
    expect(loader.matrix([0, 3])).toBeNull();
    const layer = { codes: new Uint8Array(100), scales: new Float32Array(20) };
    side.store.addLayer(0, layer);
    expect(loader.matrix([0, 3])).not.toBeNull();
    expect(asked).toEqual([]);
  });

  it("does not ask again for what failed, before another head was on show", async () => {
    loader.matrix([1, 2]);
    asked[0]?.fail(new Error("out of memory"));
    await settled();
    expect(alerts).toEqual(["The matrix of L1.H2 could not be fetched: out of memory"]);
    expect(loader.matrix([1, 2])).toBeNull();
    expect(loader.missing([1, 2])).toBe("the matrix of L1.H2 is not in this page");
    expect(asked).toHaveLength(1);
    loader.matrix([0, 0]);
    loader.matrix([1, 2]);
    await settled();
    asked[1]?.answer();
    await settled();
    expect(asked).toHaveLength(3);
  });

  it("says what a saved page doesn't hold", async () => {
    loader.matrix([1, 2]);
    asked[0]?.answer({ result: {}, arrays: [] });
    await settled();
    expect(loader.matrix([1, 2])).toBeNull();
    expect(loader.missing([1, 2])).toBe("the matrix of L1.H2 is not in this page");
    expect([asked.length, alerts]).toEqual([1, []]);
  });

  it("waits for a kernel that is gone, and asks when it is back", async () => {
    loader.matrix([1, 2]);
    asked[0]?.fail(new DetachedError("detached"));
    tour.detached = true;
    await settled();
    expect(loader.matrix([1, 2])).toBeNull();
    expect(loader.missing([1, 2])).toBe("L1.H2 had not come when the kernel went");
    expect([asked.length, alerts]).toEqual([1, []]);
    tour.detached = false;
    loader.matrix([1, 2]);
    expect(asked).toHaveLength(2);
  });
});
