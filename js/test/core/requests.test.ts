import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Scope } from "../../src/core/dispose";
import {
  type Answer,
  DetachedError,
  newestOnly,
  type Patience,
  Requests,
} from "../../src/core/requests";
import { FakeModel } from "../fake_model";

interface StatusCallbacks {
  iopub: { status: (message: unknown) => void };
}

let model: FakeModel;
let scope: Scope;
let requests: Requests;
let patience: Patience;
let lost: number;

beforeEach(() => {
  vi.useFakeTimers();
  model = new FakeModel();
  scope = new Scope();
  patience = "fine";
  lost = 0;
  requests = new Requests(model.any, scope, {
    patience: (now) => {
      patience = now;
    },
    lost: () => lost++,
  });
});

afterEach(() => {
  scope.dispose();
  vi.useRealTimers();
});

const idOf = (index: number) => model.sent[index]?.id as string;

function reply(content: Record<string, unknown>, ...buffers: Uint8Array[]): void {
  const message = { type: "reply", part: 0, parts: 1, ...content };
  const views = buffers.map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  );
  model.emit("msg:custom", message, views);
}

describe("Requests", () => {
  it("sends a kind with its arguments and resolves with the answer", async () => {
    const asked = requests.ask("value", { layer: 3 });
    expect(model.sent[0]).toMatchObject({ type: "request", kind: "value", layer: 3 });
    reply({ id: idOf(0), result: { value: 0.25 } });
    expect(await asked).toEqual({ result: { value: 0.25 }, arrays: [] });
  });

  it("gives no two requests one id, in one view or two", () => {
    const other = new Requests(model.any, scope, {
      patience: () => undefined,
      lost: () => undefined,
    });
    void requests.ask("value", {});
    void requests.ask("value", {});
    void other.ask("value", {});
    expect(new Set(model.sent.map(({ id }) => id)).size).toBe(3);
  });

  it("puts the parts of a large answer together", async () => {
    const asked = requests.ask("attention", { layer: 0 });
    const bytes = Uint8Array.from({ length: 11 }, (_, index) => index);
    const arrays = [
      { name: "codes", dtype: "uint8", shape: [3] },
      { name: "more", dtype: "uint8", shape: [2, 4] },
    ];
    reply({ id: idOf(0), part: 0, parts: 3, result: {}, arrays }, bytes.slice(0, 4));
    reply({ id: idOf(0), part: 1, parts: 3 }, bytes.slice(4, 8));
    reply({ id: idOf(0), part: 2, parts: 3 }, bytes.slice(8));
    const answer = await asked;
    expect(answer.arrays.map(({ values }) => [...values])).toEqual([
      [0, 1, 2],
      [3, 4, 5, 6, 7, 8, 9, 10],
    ]);
  });

  it("rejects with the kernel's error", async () => {
    const asked = requests.ask("value", {});
    reply({ id: idOf(0), error: "layer=9 doesn't exist" });
    await expect(asked).rejects.toThrow("layer=9 doesn't exist");
  });

  it("rejects an answer whose bytes don't fit its listing", async () => {
    const asked = requests.ask("attention", {});
    const arrays = [{ name: "codes", dtype: "uint8", shape: [3] }];
    reply({ id: idOf(0), arrays }, new Uint8Array(2));
    await expect(asked).rejects.toThrow("damaged");
  });

  it("tells that nobody is there when a message can't even be sent", () => {
    model.send = () => {
      throw new Error("comm is closed");
    };
    requests.ask("value", {}).catch(() => undefined);
    expect(lost).toBe(1);
  });

  it("tells that nobody is there when the kernel is done but nothing came", async () => {
    const statuses: ((message: unknown) => void)[] = [];
    model.send = (content, callbacks) => {
      model.sent.push(content);
      statuses.push((callbacks as StatusCallbacks).iopub.status);
    };
    const report = (index: number, state: string) =>
      statuses[index]?.({ content: { execution_state: state } });
    void requests.ask("value", {});
    void requests.ask("value", {});
    report(0, "busy");
    await vi.advanceTimersByTimeAsync(5_000);
    report(0, "idle");
    await vi.advanceTimersByTimeAsync(1_000);
    reply({ id: idOf(0), result: {} });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lost).toBe(0);
    report(1, "idle");
    await vi.advanceTimersByTimeAsync(5_000);
    expect(lost).toBe(1);
  });

  it("ignores other messages and other views' answers", async () => {
    let settled = false;
    void requests.ask("value", {}).then(() => {
      settled = true;
    });
    model.emit("msg:custom", null, []);
    model.emit("msg:custom", { type: "refused", message: "no" }, []);
    reply({ id: "someone-else", result: {} });
    await vi.advanceTimersByTimeAsync(0);
    expect(settled).toBe(false);
  });

  it("says that it waits after a second, longer after thirty, and stops saying", async () => {
    const asked = requests.ask("value", {});
    await vi.advanceTimersByTimeAsync(990);
    expect(patience).toBe("fine");
    await vi.advanceTimersByTimeAsync(20);
    expect(patience).toBe("waiting");
    await vi.advanceTimersByTimeAsync(30_000);
    expect(patience).toBe("silent");
    reply({ id: idOf(0), result: {} });
    await asked;
    expect(patience).toBe("fine");
  });

  it("takes each part of an answer for a sign of life", async () => {
    void requests.ask("attention", {});
    await vi.advanceTimersByTimeAsync(1_500);
    reply({ id: idOf(0), part: 0, parts: 2, arrays: [] }, new Uint8Array(1));
    expect(patience).toBe("fine");
    await vi.advanceTimersByTimeAsync(1_500);
    expect(patience).toBe("waiting");
  });

  it("fails what is open and what is asked when the kernel is gone, until it is back", async () => {
    const open = requests.ask("value", {});
    requests.setDetached(true);
    await expect(open).rejects.toThrow(DetachedError);
    await expect(requests.ask("value", {})).rejects.toThrow(DetachedError);
    expect(model.sent).toHaveLength(1);
    requests.setDetached(false);
    const again = requests.ask("value", {});
    reply({ id: idOf(1), result: { value: 1 } });
    expect((await again).result).toEqual({ value: 1 });
  });

  it("leaves no listener and no timer behind", () => {
    void requests.ask("value", {});
    scope.dispose();
    expect(model.listenerCount).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("newestOnly", () => {
  const asked: number[] = [];
  const accepted: number[] = [];
  const failed: string[] = [];
  const settle: ((error?: Error) => void)[] = [];
  let want: (question: number) => void;

  beforeEach(() => {
    for (const list of [asked, accepted, failed, settle]) list.length = 0;
    want = newestOnly<number>(
      (question) => {
        asked.push(question);
        return new Promise<Answer>((resolve, reject) => {
          settle.push((error) =>
            error ? reject(error) : resolve({ result: {}, arrays: [] }),
          );
        });
      },
      (question) => accepted.push(question),
      (error) => failed.push(String(error)),
    );
  });

  it("asks one at a time and skips to the newest", async () => {
    for (const question of [1, 2, 3, 4]) want(question);
    expect(asked).toEqual([1]);
    settle[0]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toEqual([1, 4]);
    expect(accepted).toEqual([1]);
    settle[1]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect(accepted).toEqual([1, 4]);
    want(5);
    expect(asked).toEqual([1, 4, 5]);
  });

  it("drops the failure of a question that nobody asks any more", async () => {
    want(1);
    want(2);
    settle[0]?.(new Error("old"));
    await vi.advanceTimersByTimeAsync(0);
    settle[1]?.(new Error("new"));
    await vi.advanceTimersByTimeAsync(0);
    expect(failed).toEqual(["Error: new"]);
  });
});
