import { beforeAll, describe, expect, it } from "vitest";

import { type LiveModel, meanValues, type Run } from "../../src/live";
import { edit, randomPixels, smallModel } from "./small_model";

let live: LiveModel;
let clean: Run;
let donor: Run;

beforeAll(async () => {
  live = await smallModel();
  clean = live.run(randomPixels(2));
  donor = live.run(randomPixels(3));
});

function predict(...edits: Parameters<LiveModel["predict"]>[1][number][]) {
  const donors = new Map([["donor", donor]]);
  return live.predict(clean, edits, { donors, means: null });
}

describe("predict", () => {
  it("gives a copy of the clean logits without edits", () => {
    const logits = predict();
    expect(logits).toEqual(clean.logits);
    expect(logits).not.toBe(clean.logits);
  });

  it("changes what is edited, and not the run", () => {
    const stream = clean.layers[0]?.resid_pre.slice();
    expect(predict(edit("L0.resid_pre"))).not.toEqual(clean.logits);
    expect(clean.layers[0]?.resid_pre).toEqual(stream);
    expect(predict(edit("L0.resid_pre"), edit("L1.MLP"))).not.toEqual(
      predict(edit("L0.resid_pre")),
    );
  });

  it("does nothing at tokens that the class token no longer reads", () => {
    const others = ["reg0", "(0,0)"];
    for (const part of ["H0", "H0.q", "MLP", "attn_out", "resid_mid", "resid_post"]) {
      expect(predict(edit(`L1.${part}`, { tokens: others }))).toEqual(clean.logits);
      expect(predict(edit(`L1.${part}`, { tokens: ["cls"] }))).not.toEqual(
        clean.logits,
      );
    }
    for (const part of ["H0.k", "H0.v", "resid_pre"]) {
      expect(predict(edit(`L1.${part}`, { tokens: others }))).not.toEqual(clean.logits);
    }
  });

  it.each([
    [edit("L0.H0", { kind: "noise" }), "can't draw the noise"],
    [edit("L0.H0", { kind: "resample" }), "can't draw the reference image"],
    [edit("L0.H0", { kind: "mean" }), "no reference images"],
    [edit("L0.H0", { kind: "patch", source: "cat" }), 'no donor "cat"; the donors are'],
    [edit("L0.H0", { kind: "steer", source: "" }), 'there is no donor ""'],
    [edit("L0.H0", { strength: 1.5 }), "from 0 (nothing) to 1 (all of it), not 1.5"],
    [edit("L0.H0", { strength: -0.1 }), "from 0 (nothing) to 1"],
    [edit("L0.H0", { strength: Number.NaN }), "must be a number, not NaN"],
  ])("refuses %o", (wrong, reason) => {
    expect(() => predict(edit("L0.MLP"), wrong)).toThrow(reason);
  });
});

describe("run", () => {
  it("refuses an image of another size", () => {
    expect(() => live.run(new Float32Array(71))).toThrow(
      "the image has 71 numbers, and the model takes 72",
    );
    expect(() => live.pixelsOf(new Uint8Array(73))).toThrow("the picture has 73");
  });

  it("takes a picture's levels as its preprocessing says", () => {
    const picture = Uint8Array.from({ length: 72 }, (_, at) => (at * 37) % 256);
    const pixels = live.pixelsOf(picture);
    for (const [row, column, colour] of [
      [0, 0, 0],
      [3, 5, 2],
      [1, 4, 1],
    ] as const) {
      const level = picture[(row * 6 + column) * 3 + colour] as number;
      const mean = [0.5, 0.4, 0.3][colour] as number;
      const std = [0.2, 0.3, 0.4][colour] as number;
      const pixel = pixels[(colour * 4 + row) * 6 + column];
      expect(pixel).toBeCloseTo((level / 255 - mean) / std, 6);
    }
  });
});

describe("meanValues", () => {
  it("is the mean of each number over the runs", async () => {
    const runs = [clean, donor, live.run(randomPixels(4))] as const;
    const means = await meanValues(runs);
    for (const site of ["resid_mid", "v"] as const) {
      const values = runs.map((run) => run.layers[1]?.[site][11] as number);
      const mean = values.reduce((sum, value) => sum + value, 0) / 3;
      expect(means[1]?.[site][11]).toBeCloseTo(mean, 6);
    }
  });
});
