import { describe, expect, it } from "vitest";
import { RecentlyUsed } from "../../src/core/recently_used";
import { randomNumbers } from "../random";

describe("RecentlyUsed", () => {
  it("drops what was used longest ago as soon as the bytes are too many", () => {
    const kept = new RecentlyUsed<number>(10);
    for (const [at, key] of ["a", "b", "c"].entries()) kept.set(key, at, 3);
    expect(kept.get("a")).toBe(0);
    kept.set("d", 3, 3);
    expect(["a", "b", "c", "d"].map((key) => kept.has(key))).toEqual([
      true,
      false,
      true,
      true,
    ]);
    expect(kept.get("b")).toBeUndefined();
  });

  it("keeps the newest whatever its size, alone", () => {
    const kept = new RecentlyUsed<number>(10);
    kept.set("small", 1, 4);
    kept.set("large", 2, 1_000);
    expect([kept.get("small"), kept.get("large")]).toEqual([undefined, 2]);
    kept.set("next", 3, 4);
    expect([kept.get("large"), kept.get("next")]).toEqual([undefined, 3]);
  });

  it("is after random use what a list of the newest would hold", () => {
    const random = randomNumbers(3);
    const kept = new RecentlyUsed<string>(20);
    let list: [key: string, bytes: number][] = [];
    for (let step = 0; step < 500; step++) {
      const key = String(Math.floor(8 * random()));
      const bytes = 1 + Math.floor(9 * random());
      const known = list.find((each) => each[0] === key);
      const others = list.filter((each) => each[0] !== key);
      if (random() < 0.5) {
        expect(kept.get(key)).toBe(known?.[0]);
        list = known ? [...others, known] : others;
      } else {
        kept.set(key, key, bytes);
        list = [...others, [key, bytes]];
        while (list.reduce((sum, each) => sum + each[1], 0) > 20) list.shift();
      }
      for (let other = 0; other < 8; other++) {
        const here = list.some((each) => each[0] === String(other));
        expect(kept.has(String(other))).toBe(here);
      }
    }
  });
});
