import { describe, expect, it } from "vitest";
import { windowAfterKey } from "../../src/core/pan_zoom";
import { wholeSquare, zoomed } from "../../src/core/zoom";

const PLAIN = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const START = zoomed(wholeSquare(48), 2, 0, 0);

function after(key: string, held: Partial<typeof PLAIN> = {}) {
  const closer = (factor: number) => zoomed(START, factor);
  return windowAfterKey({ key, ...PLAIN, ...held }, START, closer);
}

describe("windowAfterKey", () => {
  it.each(["+", "="])("%s shows fewer cells", (key) => {
    expect(after(key)?.span).toBe(16);
  });

  it.each(["-", "_"])("%s shows more cells", (key) => {
    expect(after(key)?.span).toBe(36);
  });

  it("0 shows all", () => {
    expect(after("0")).toEqual(wholeSquare(48));
  });

  it("leaves other keys, and the browser's own zoom, alone", () => {
    expect(after("a")).toBeNull();
    expect(after("+", { ctrlKey: true })).toBeNull();
    expect(after("0", { metaKey: true })).toBeNull();
  });
});
