import { beforeEach, describe, expect, it, vi } from "vitest";
import { Scope } from "../../src/core/dispose";
import { Requests } from "../../src/core/requests";
import type { Settings } from "../../src/lens/lens";
import { ReadingStore } from "../../src/lens/reading_store";
import { FakeModel } from "../fake_model";
import {
  arraysOf,
  MADE,
  madeFacts,
  madeLogits,
  madeSettings,
  ordered,
} from "./made_lens";

let model: FakeModel;
let alerts: string[];
let settings: ReturnType<typeof madeSettings>;
let store: ReadingStore;
let detached: boolean;

beforeEach(() => {
  model = new FakeModel();
  alerts = [];
  detached = false;
  settings = madeSettings();
  const requests = new Requests(model.any, new Scope(), {
    patience: () => undefined,
    lost: () => undefined,
  });
  store = new ReadingStore({
    facts: madeFacts(1),
    requests,
    settings: settings as never,
    invalidate: () => undefined,
    alert: (message: string) => alerts.push(message),
    get detached() {
      return detached;
    },
  });
});

async function reply(
  arrays: Record<string, Float32Array | Uint16Array>,
  error?: string,
) {
  const listing = Object.entries(arrays).map(([name, values]) => ({
    name,
    dtype: values instanceof Uint16Array ? "uint16" : "float32",
    shape: [values.length],
  }));
  const bytes = Object.values(arrays).map(
    (values) => new DataView(values.buffer as ArrayBuffer),
  );
  const id = model.sent.at(-1)?.id;
  const content = { type: "reply", id, part: 0, parts: 1, ...(error && { error }) };
  model.emit("msg:custom", { ...content, arrays: listing }, bytes);
  await vi.waitFor(() => undefined);
}

function want(changes: Partial<Settings>): void {
  Object.assign(settings.state, changes);
  store.want();
}

const asked = () => model.sent.map(({ type: _, id: __, ...request }) => request);

/** A map of as many values as there are cells. */
const MAP = {
  logits: new Float32Array(MADE.rows * MADE.tokens).fill(3),
  ranks: new Float32Array(MADE.rows * MADE.tokens).fill(1),
};

describe("ReadingStore", () => {
  it("has what the view opened with, and asks for nothing", () => {
    want({});
    expect(asked()).toEqual([]);
    expect(store.stale).toBe(false);
    expect(store.missing).toBeNull();
    expect(store.readings.top(2, 3)).toBe(ordered(madeLogits(1)[3]?.[3] ?? [])[0]);
  });

  it("shows the lens before until another has come", async () => {
    want({ lens: "tuned" });
    expect(asked()).toEqual([{ kind: "lens", lens: "tuned", norm: "own" }]);
    expect(store.stale).toBe(true);
    expect(store.missing).toBe("fetching the tuned lens with the own norm …");
    expect(store.readings.top(2, 3)).toBe(ordered(madeLogits(1)[3]?.[3] ?? [])[0]);
    await reply(arraysOf(madeLogits(2)));
    expect(store.stale).toBe(false);
    expect(store.readings.top(2, 3)).toBe(ordered(madeLogits(2)[3]?.[3] ?? [])[0]);
    want({ lens: "plain" });
    expect(asked()).toHaveLength(1);
    expect(store.stale).toBe(false);
  });

  it("fetches the maps of both classes, each once for a lens", async () => {
    want({ target: 4, versus: 2 });
    await reply(MAP);
    await reply(MAP);
    const place = { kind: "class", lens: "plain", norm: "own" };
    expect(asked()).toEqual([
      { ...place, target: 4 },
      { ...place, target: 2 },
    ]);
    expect(store.classMap(4)?.logit(0, 0)).toBe(3);
    expect(store.missing).toBeNull();
    want({ target: 2, versus: 4 });
    expect(asked()).toHaveLength(2);
    want({ lens: "tuned" });
    await reply(arraysOf(madeLogits(2)));
    expect(store.classMap(2)).toBeNull();
    expect(asked().at(-1)).toEqual({ ...place, lens: "tuned", target: 2 });
  });

  it("asks for what is needed by then, not for what was passed over", async () => {
    want({ target: 1 });
    want({ target: 2 });
    want({ target: 3 });
    await reply(MAP);
    expect(asked().map(({ target }) => target)).toEqual([1, 3]);
  });

  it("says what failed, and tries again at the next act", async () => {
    want({ target: 5 });
    await reply({}, "out of memory");
    expect(alerts).toEqual(["the map of class 5 could not be loaded: out of memory"]);
    expect(store.missing).toBe("the map of class 5 could not be loaded");
    expect(asked()).toHaveLength(1);
    want({});
    expect(asked()).toHaveLength(2);
  });

  it("says of an answer that doesn't fit what is wrong", async () => {
    want({ target: 5 });
    await reply({ ...MAP, ranks: new Float32Array(3) });
    expect(alerts).toEqual([
      "the map of class 5 could not be loaded: ranks has 3 values, not 28",
    ]);
  });

  it("says what will not come when the kernel is gone", () => {
    want({ target: 5 });
    detached = true;
    expect(store.missing).toBe("the map of class 5 had not come when the kernel went");
  });
});
