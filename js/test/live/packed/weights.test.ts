import { describe, expect, it } from "vitest";
import { fromHalf } from "../../../src/live/packed/half";
import { Weights } from "../../../src/live/packed/weights";
import { packed } from "../small_model";

const FLOATS = { name: "floats", dtype: "float32" as const, shape: [3, 1] };
const HALVES = { name: "halves", dtype: "float16" as const, shape: [3] };
const NUMBERS = Float32Array.of(1.5, -2.25, 3e-8);

function bytes(): Uint8Array {
  const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001);
  return Uint8Array.from([
    ...new Uint8Array(halves.buffer),
    ...new Uint8Array(NUMBERS.buffer),
  ]);
}

describe("fromHalf", () => {
  // Of IEEE 754, binary16.
  it.each([
    [0x0000, 0],
    [0x8000, -0],
    [0x3c00, 1],
    [0xc000, -2],
    [0x3555, 0.333251953125],
    [0x7bff, 65_504],
    [0x0400, 2 ** -14],
    [0x03ff, 1023 * 2 ** -24],
    [0x8001, -(2 ** -24)],
  ])("reads %i as %d", (pattern, number) => {
    expect([...fromHalf(Uint16Array.of(pattern))]).toEqual([number]);
  });
});

describe("Weights", () => {
  it("gives each array by its name", async () => {
    const weights = await Weights.unpack(packed(bytes(), [HALVES, FLOATS]));
    expect([...weights.get("halves", 3)]).toEqual([1, -2, 2 ** -24]);
    expect(weights.get("floats", 3, 1)).toEqual(NUMBERS);
  });

  it("says what is missing, and what has another shape", async () => {
    const weights = await Weights.unpack(packed(bytes(), [HALVES, FLOATS]));
    expect(() => weights.get("others", 1)).toThrow("it lacks others");
    expect(() => weights.get("floats", 3)).toThrow("floats is [3, 1], not [3]");
  });

  it("says that bytes are missing or too many", async () => {
    const short = packed(bytes().subarray(0, 14), [HALVES, FLOATS]);
    await expect(Weights.unpack(short)).rejects.toThrow("14 bytes of weights came");
    const long = packed(bytes(), [HALVES]);
    await expect(Weights.unpack(long)).rejects.toThrow("came, not 6");
  });

  it("says that it can't be unpacked", async () => {
    const broken = { ...packed(bytes(), [HALVES]), data: btoa("no deflated bytes") };
    await expect(Weights.unpack(broken)).rejects.toThrow("can't be unpacked here");
  });
});
