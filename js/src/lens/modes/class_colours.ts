import type { LensFacts } from "../facts";
import { cssColour, distinctPixels } from "./palettes";

/** A colour for each class and superclass, which it keeps while the view is open. The
 * classes that tokens hold most in the end have the colours that differ most. */
export class ClassColours {
  readonly table = distinctPixels();
  readonly #numbers = new Map<unknown, number>();
  readonly #keyOf: (target: number) => unknown;

  /** @param keyOf what a class is known by, when numbers may come to stand for others */
  constructor(
    { opening, sizes, layers }: Pick<LensFacts, "opening" | "sizes" | "layers">,
    keyOf: (target: number) => unknown = (target) => target,
  ) {
    this.#keyOf = keyOf;
    for (let layer = layers - 1; layer >= -1; layer--) {
      const counts = new Map<number, number>();
      for (let token = 0; token < sizes.tokens; token++) {
        const target = opening.readings.top(layer, token);
        counts.set(target, (counts.get(target) ?? 0) + 1);
      }
      const byCount = [...counts].sort(
        (one, other) => other[1] - one[1] || one[0] - other[0],
      );
      for (const [target] of byCount) this.numberOf(target);
    }
  }

  /** The number of a class's colour in the table. */
  numberOf(target: number): number {
    const key = this.#keyOf(target);
    const known = this.#numbers.get(key);
    if (known !== undefined) return known;
    const number = this.#numbers.size % this.table.length;
    this.#numbers.set(key, number);
    return number;
  }

  /** A class's colour as CSS says it. */
  cssOf(target: number): string {
    return cssColour(this.table, this.numberOf(target));
  }
}
