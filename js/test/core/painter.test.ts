import { interpolateMagma } from "d3-scale-chromatic";
import { describe, expect, it } from "vitest";
import { heatBytes, heatPixels } from "../../src/core/colours";
import { colourPixels, crispWidth } from "../../src/core/painter";

const hex = (bytes: Uint8Array) =>
  [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");

describe("magma", () => {
  it("is d3's at each of 256 positions", () => {
    const bytes = heatBytes();
    for (let index = 0; index < 256; index++) {
      const colour = `#${hex(bytes.subarray(3 * index, 3 * index + 3))}`;
      expect(colour).toBe(interpolateMagma(index / 255));
    }
  });

  it("lies in memory as red, green, blue and the opacity of its position", () => {
    const pixels = new Uint8Array(heatPixels((position) => position / 2).buffer);
    const [red, green, blue] = heatBytes().subarray(3 * 51, 3 * 52);
    const opacity = Math.round((255 * (51 / 255)) / 2);
    expect([...pixels.subarray(4 * 51, 4 * 52)]).toEqual([red, green, blue, opacity]);
  });
});

describe("colourPixels", () => {
  it("looks every number up in the table", () => {
    const table = Uint32Array.from({ length: 256 }, (_, index) => 1000 + 3 * index);
    const pixels = new Uint32Array(4);
    colourPixels(Uint8Array.from([0, 255, 7, 7]), table, pixels);
    expect([...pixels]).toEqual([1000, 1765, 1021, 1021]);
  });
});

describe("crispWidth", () => {
  it.each([
    [96, 14, 84],
    [98, 14, 98],
    [30, 14, 28],
    [26, 14, 26],
    [9.7, 14, 9],
    [0.4, 14, 1],
  ])("gives %d pixels of room for %d cells %d pixels", (room, cells, width) => {
    expect(crispWidth(room, cells)).toBe(width);
  });
});
