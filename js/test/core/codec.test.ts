import { describe, expect, it } from "vitest";
import { bytesOf, decode, joinBytes, splitArrays } from "../../src/core/codec";

const NUMBERS = [1.5, -2.25, 3e-8];

/** Float32 little-endian bytes, at an offset inside a larger buffer of noise. */
function floatsAt(offset: number): { buffer: ArrayBuffer; length: number } {
  const length = 4 * NUMBERS.length;
  const buffer = new ArrayBuffer(offset + length + 5);
  new Uint8Array(buffer).fill(0xee);
  const view = new DataView(buffer);
  NUMBERS.forEach((number, index) => {
    view.setFloat32(offset + 4 * index, number, true);
  });
  return { buffer, length };
}

describe("decode", () => {
  const expected = NUMBERS.map(Math.fround);

  it.each([0, 1, 2, 3, 4, 7])("honours a DataView's offset of %i bytes", (offset) => {
    const { buffer, length } = floatsAt(offset);
    const data = new DataView(buffer, offset, length);
    const values = decode("x", { dtype: "float32", shape: [3], data });
    expect([...values]).toEqual(expected);
  });

  it.each([0, 1, 3])("reads 16-bit numbers at an offset of %i bytes", (offset) => {
    const buffer = new ArrayBuffer(offset + 6);
    const view = new DataView(buffer);
    [7, 999, 65_535].forEach((number, index) => {
      view.setUint16(offset + 2 * index, number, true);
    });
    const data = new DataView(buffer, offset, 6);
    const values = decode("x", { dtype: "uint16", shape: [3], data });
    expect([...values]).toEqual([7, 999, 65_535]);
  });

  it("takes an ArrayBuffer, a typed array and base64 for the same bytes", () => {
    const { buffer, length } = floatsAt(3);
    const slice = buffer.slice(3, 3 + length);
    const base64 = Buffer.from(slice).toString("base64");
    for (const data of [slice, new Uint8Array(buffer, 3, length), base64]) {
      const values = decode("x", { dtype: "float32", shape: [3, 1], data });
      expect([...values]).toEqual(expected);
    }
  });

  it("does not copy bytes that need no alignment", () => {
    const buffer = new ArrayBuffer(9);
    const data = new DataView(buffer, 3, 4);
    expect(decode("x", { dtype: "uint8", shape: [4], data }).buffer).toBe(buffer);
  });

  it("names the array, its shape and both lengths when bytes are missing", () => {
    const data = new Uint8Array(7);
    expect(() => decode("codes", { dtype: "float32", shape: [2, 1], data })).toThrow(
      "codes: 7 bytes came, but shape [2, 1] of float32 takes 8",
    );
  });

  it("refuses a dtype that has no form on the wire", () => {
    const wire = { dtype: "int64" as "uint8", shape: [1], data: new Uint8Array(8) };
    expect(() => decode("codes", wire)).toThrow("codes: dtype int64");
  });
});

describe("pieces of a reply", () => {
  it("joins them and cuts the arrays where the listing says, misaligned ones too", () => {
    const codes = Uint8Array.from([1, 2, 3, 4, 5]);
    const scales = Float32Array.from([0.5, 0.25]);
    const whole = new Uint8Array([...codes, ...bytesOf(scales)]);
    const pieces = [whole.slice(0, 4), whole.slice(4, 6), whole.slice(6)];
    const arrays = splitArrays(
      [
        { name: "codes", dtype: "uint8", shape: [5] },
        { name: "scales", dtype: "float32", shape: [1, 2] },
      ],
      joinBytes(pieces),
    );
    expect(arrays.map(({ name, values }) => [name, [...values]])).toEqual([
      ["codes", [1, 2, 3, 4, 5]],
      ["scales", [0.5, 0.25]],
    ]);
  });

  it("refuses bytes that no array claims", () => {
    const listing = [{ name: "codes", dtype: "uint8" as const, shape: [2] }];
    expect(() => splitArrays(listing, new Uint8Array(3))).toThrow("3 bytes");
  });
});
