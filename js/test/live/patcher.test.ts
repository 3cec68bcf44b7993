import { beforeAll, describe, expect, it, vi } from "vitest";
import { type LiveModel, LivePatcher, meanValues } from "../../src/live";
import { randomNumbers } from "../random";
import { edit, smallModel } from "./small_model";

let live: LiveModel;

beforeAll(async () => {
  live = await smallModel();
});

function picture(seed: number): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length: 4 * 6 * 3 }, () => Math.floor(256 * random()));
}

function opened(references: readonly Uint8Array[] = []): LivePatcher {
  const donors = new Map([["donor", picture(2)]]);
  return new LivePatcher(live, { clean: picture(1), donors, references });
}

function run(seed: number) {
  return live.run(live.pixelsOf(picture(seed)));
}

describe("LivePatcher", () => {
  it("predicts as the model does from its runs", async () => {
    const patcher = opened();
    expect(patcher.clean.logits).toEqual(run(1).logits);
    const edits = [edit("L0.H1", { kind: "patch", source: "donor" }), edit("L1.MLP")];
    const sources = { donors: new Map([["donor", run(2)]]), means: null };
    expect(await patcher.predict(edits)).toEqual(live.predict(run(1), edits, sources));
    expect(await patcher.predict([])).toEqual(run(1).logits);
  });

  it("takes means of the reference images, each run once", async () => {
    const patcher = opened([picture(3), picture(4)]);
    const runs = vi.spyOn(live, "run");
    const mean = edit("L0.H1", { kind: "mean" });
    const found = await Promise.all([patcher.predict([mean]), patcher.predict([mean])]);
    expect(runs).toHaveBeenCalledTimes(2);
    runs.mockRestore();
    const means = await meanValues([run(3), run(4)]);
    const wanted = live.predict(run(1), [mean], { donors: new Map(), means });
    expect(found).toEqual([wanted, wanted]);
    expect(wanted).not.toEqual(run(1).logits);
  });

  it("says that there is nothing to take the mean of", async () => {
    const mean = edit("L0.H1", { kind: "mean" });
    await expect(opened().predict([mean])).rejects.toThrow("no reference images");
  });
});
