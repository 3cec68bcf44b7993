import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Answer, DetachedError } from "../../../src/core/requests";
import type { Lens } from "../../../src/lens/lens";
import { Overlap } from "../../../src/lens/mask/overlap";

const ask = vi.fn<(...question: unknown[]) => Promise<Answer>>();
const changed = vi.fn();
const settings = { lens: "plain", norm: "own" };
const lens = {
  requests: { ask },
  detached: false,
  settings: { get: (name: keyof typeof settings) => settings[name] },
};

function answerOf(...iou: number[]): Answer {
  const values = Float32Array.from(iou);
  const array = { dtype: "float32", shape: [iou.length], values } as const;
  return {
    result: { truth: ["cat"] },
    arrays: ["iou", "accuracy"].map((name) => ({
      name,
      ...array,
      shape: [iou.length],
    })),
  };
}

function start(): Overlap {
  return new Overlap(lens as unknown as Lens, changed);
}

async function settled(times: number): Promise<void> {
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(times));
}

beforeEach(() => {
  ask.mockReset();
  changed.mockReset();
  Object.assign(settings, { lens: "plain", norm: "own" });
  lens.detached = false;
});

describe("Overlap", () => {
  it("asks once for each set, lens and norm", async () => {
    ask.mockResolvedValue(answerOf(0.25, 0.5));
    const overlap = start();
    overlap.want([3, 1]);
    expect(overlap.trouble).toBe("comparing …");
    overlap.want([3, 1]);
    await settled(1);
    expect([...(overlap.fit?.iou ?? [])]).toEqual([0.25, 0.5]);
    expect(overlap.trouble).toBe("");
    settings.norm = "final";
    overlap.want([3, 1]);
    expect(overlap.fit).toBeNull();
    await settled(2);
    expect(ask.mock.calls.map(([kind, question]) => [kind, question])).toEqual([
      ["overlap", { lens: "plain", norm: "own", classes: [3, 1] }],
      ["overlap", { lens: "plain", norm: "final", classes: [3, 1] }],
    ]);
  });

  it("shows the newest set only, whatever was asked before", async () => {
    ask.mockResolvedValueOnce(answerOf(0.1)).mockResolvedValueOnce(answerOf(0.9));
    const overlap = start();
    for (const each of [1, 2, 3]) overlap.want([each]);
    await settled(1);
    expect(overlap.fit?.iou[0]).toBeCloseTo(0.9);
    expect(ask).toHaveBeenCalledTimes(2);
    expect(ask.mock.calls[1]?.[1]).toMatchObject({ classes: [3] });
  });

  it("says why there is nothing", async () => {
    ask.mockRejectedValueOnce(new Error("out of memory"));
    const overlap = start();
    overlap.want([1]);
    await settled(1);
    expect(overlap.trouble).toBe("The mask could not be compared: out of memory");
    ask.mockResolvedValueOnce({ result: {}, arrays: [] });
    overlap.want([2]);
    await settled(2);
    expect(overlap.fit).toBeNull();
    expect(overlap.trouble).toContain("is not in this page");
  });

  it("asks a kernel that went again when it is back", async () => {
    ask.mockRejectedValueOnce(new DetachedError("detached"));
    const overlap = start();
    overlap.want([1]);
    await settled(1);
    expect(overlap.trouble).toContain("is not in this page");
    lens.detached = true;
    overlap.want([1]);
    expect(ask).toHaveBeenCalledTimes(1);
    lens.detached = false;
    ask.mockResolvedValueOnce(answerOf(0.5));
    overlap.want([1]);
    await settled(2);
    expect(overlap.fit?.iou[0]).toBe(0.5);
  });
});
