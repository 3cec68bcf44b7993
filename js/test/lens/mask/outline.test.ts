import { describe, expect, it } from "vitest";
import { edgesOf } from "../../../src/lens/mask/outline";
import { randomNumbers } from "../../random";

/** Edges of one pixel each, as "x,y x,y", pixel by pixel. */
function bruteForce(mask: Uint8Array, rows: number, columns: number): Set<string> {
  const edges = new Set<string>();
  const toggle = (edge: string) => {
    if (!edges.delete(edge)) edges.add(edge);
  };
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      if (!mask[row * columns + column]) continue;
      const [right, below] = [column + 1, row + 1];
      toggle(`${column},${row} ${right},${row}`);
      toggle(`${column},${below} ${right},${below}`);
      toggle(`${column},${row} ${column},${below}`);
      toggle(`${right},${row} ${right},${below}`);
    }
  }
  return edges;
}

describe("edgesOf", () => {
  it("joins what is in line", () => {
    const edges = edgesOf(Uint8Array.of(0, 1, 1, 0, 1, 1), 2, 3);
    expect(edges).toHaveLength(4);
    expect(edges).toContainEqual([1, 0, 3, 0]);
    expect(edges).toContainEqual([1, 0, 1, 2]);
    expect(edgesOf(new Uint8Array(6), 2, 3)).toEqual([]);
  });

  it("is the border of any mask, pixel by pixel", () => {
    const random = randomNumbers(2);
    for (let round = 0; round < 30; round++) {
      const mask = Uint8Array.from({ length: 35 }, () => Math.round(random()));
      const found = edgesOf(mask, 5, 7).flatMap(([fromX, fromY, toX, toY]) =>
        Array.from({ length: toX - fromX + (toY - fromY) }, (_, at) =>
          fromY === toY
            ? `${fromX + at},${fromY} ${fromX + at + 1},${fromY}`
            : `${fromX},${fromY + at} ${fromX},${fromY + at + 1}`,
        ),
      );
      expect(found).toHaveLength(new Set(found).size);
      expect(new Set(found)).toEqual(bruteForce(mask, 5, 7));
    }
  });
});
