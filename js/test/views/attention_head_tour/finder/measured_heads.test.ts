import { beforeEach, describe, expect, it, vi } from "vitest";
import { type Answer, DetachedError } from "../../../../src/core/requests";
import { MeasuredHeads } from "../../../../src/views/attention_head_tour/finder/measured_heads";
import type { Side } from "../../../../src/views/attention_head_tour/side";
import type { Tour } from "../../../../src/views/attention_head_tour/tour";
import { measured, SIZES } from "../measured_table";

const ask = vi.fn<(...question: unknown[]) => Promise<Answer>>();
const invalidate = vi.fn();
const tour = { requests: { ask }, invalidate, detached: false };

function start(): MeasuredHeads {
  const side = { index: 1, facts: { sizes: SIZES } } as unknown as Side;
  return new MeasuredHeads(tour as unknown as Tour, side);
}

async function wanted(heads: MeasuredHeads): Promise<void> {
  heads.want();
  await vi.waitFor(() => expect(invalidate).toHaveBeenCalledWith("statistics"));
  invalidate.mockClear();
}

beforeEach(() => {
  ask.mockReset();
  invalidate.mockReset();
  tour.detached = false;
});

describe("MeasuredHeads", () => {
  it("asks once, about its own side", async () => {
    ask.mockResolvedValue(measured());
    const heads = start();
    expect(heads.trouble).toBe("measuring the heads …");
    await wanted(heads);
    heads.want();
    expect(ask).toHaveBeenCalledTimes(1);
    expect(ask.mock.calls[0]?.slice(0, 2)).toEqual(["statistics", { side: 1 }]);
    expect(heads.table?.over).toBe("256 scenes");
    expect(heads.trouble).toBe("");
  });

  it("says why there is nothing, and doesn't ask again", async () => {
    ask.mockRejectedValue(new Error("the images are gone"));
    const heads = start();
    await wanted(heads);
    heads.want();
    expect(ask).toHaveBeenCalledTimes(1);
    expect(heads.table).toBeNull();
    expect(heads.trouble).toBe("The heads could not be measured: the images are gone");
  });

  it("says so where a saved page holds no measurements", async () => {
    ask.mockResolvedValue({ result: {}, arrays: [] });
    const heads = start();
    await wanted(heads);
    expect(heads.trouble).toContain("only addresses can be searched");
  });

  it("asks a kernel that went again when it is back", async () => {
    ask.mockRejectedValueOnce(new DetachedError("detached"));
    const heads = start();
    await wanted(heads);
    expect(heads.trouble).toContain("when the kernel went");
    tour.detached = true;
    heads.want();
    expect(ask).toHaveBeenCalledTimes(1);
    tour.detached = false;
    ask.mockResolvedValue(measured());
    await wanted(heads);
    expect(heads.table).not.toBeNull();
  });
});
