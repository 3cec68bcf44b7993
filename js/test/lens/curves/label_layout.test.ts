import { describe, expect, it } from "vitest";
import { spread } from "../../../src/lens/curves/label_layout";
import { randomNumbers } from "../../random";

/** Sum of the squares of how far labels lie from where they belong. */
function moved(places: readonly number[], wanted: readonly number[]): number {
  return places.reduce((sum, place, at) => sum + (place - (wanted[at] ?? 0)) ** 2, 0);
}

/** The least that any whole-numbered places can be moved. */
function leastMoved(wanted: readonly number[], gap: number, high: number): number {
  const sorted = [...wanted].sort((one, other) => one - other);
  const best = (rank: number, from: number): number => {
    if (rank === sorted.length) return 0;
    let least = Number.POSITIVE_INFINITY;
    for (let place = from; place <= high; place++) {
      const here = (place - (sorted[rank] ?? 0)) ** 2;
      least = Math.min(least, here + best(rank + 1, place + gap));
    }
    return least;
  };
  return best(0, 0);
}

describe("spread", () => {
  it("leaves what is apart where it belongs", () => {
    expect(spread([30, 10, 50], 12, [0, 100])).toEqual([30, 10, 50]);
    expect(spread([], 12, [0, 100])).toEqual([]);
  });

  it("moves two that collide by the same, and keeps within the room", () => {
    expect(spread([50, 50], 10, [0, 100])).toEqual([45, 55]);
    expect(spread([0, 1], 10, [0, 100])).toEqual([0, 10]);
    expect(spread([99, 100], 10, [0, 100])).toEqual([90, 100]);
  });

  it("puts labels closer where there is no room for the gap", () => {
    expect(spread([5, 5, 5], 10, [0, 10])).toEqual([0, 5, 10]);
  });

  it("is as near as any layout without collisions can be", () => {
    const random = randomNumbers(4);
    for (let round = 0; round < 60; round++) {
      const [gap, high] = [3, 14];
      const wanted = Array.from({ length: 4 }, () => Math.floor(random() * (high + 1)));
      const places = spread(wanted, gap, [0, high]);
      const sorted = [...places].sort((one, other) => one - other);
      sorted.slice(1).forEach((place, at) => {
        expect(place - (sorted[at] ?? 0)).toBeGreaterThanOrEqual(gap - 1e-9);
      });
      expect(sorted[0]).toBeGreaterThanOrEqual(0);
      expect(sorted.at(-1)).toBeLessThanOrEqual(high + 1e-9);
      expect(moved(places, wanted)).toBeLessThanOrEqual(
        leastMoved(wanted, gap, high) + 1e-9,
      );
    }
  });
});
