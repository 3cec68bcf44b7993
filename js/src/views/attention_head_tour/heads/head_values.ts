import type { AttentionStore, Direction, Sizes } from "../../../core/attention";
import { colourIndices, type Range } from "../../../core/colour_scale";
import type { PatchGrid } from "../../../core/grid";
import type { Settings } from "../facts";

/** The values of every head for the present query or region, and their ranges. */
export class HeadValues {
  /** [layer, head, token] */
  readonly values: Float32Array;
  readonly #present: boolean[];
  /** Smallest and largest value among patches, [layer, head]. */
  readonly #least: Float32Array;
  readonly #most: Float32Array;
  readonly #sizes: Sizes;
  readonly #grid: PatchGrid;
  #signed = false;
  #shared: Range = { low: 0, high: 0 };

  constructor(sizes: Sizes, grid: PatchGrid) {
    this.#sizes = sizes;
    this.#grid = grid;
    this.values = new Float32Array(sizes.layers * sizes.heads * sizes.tokens);
    this.#present = new Array(sizes.layers).fill(false);
    this.#least = new Float32Array(sizes.layers * sizes.heads);
    this.#most = new Float32Array(sizes.layers * sizes.heads);
  }

  read(store: AttentionStore, queries: readonly number[], direction: Direction): void {
    const { layers, heads, tokens } = this.#sizes;
    this.#signed = store.signed;
    for (let layer = 0; layer < layers; layer++) {
      const offset = layer * heads * tokens;
      const present = store.read(layer, queries, direction, this.values, offset);
      this.#present[layer] = present;
      if (present) this.#findRanges(layer);
    }
    this.#shared = this.#rangeOfAll();
  }

  /** Nothing is known from the present tokens' side. */
  forget(): void {
    this.#present.fill(false);
  }

  isPresent(layer: number): boolean {
    return this.#present[layer] ?? false;
  }

  /** Where a head's values start. */
  offset(layer: number, head: number): number {
    return (layer * this.#sizes.heads + head) * this.#sizes.tokens;
  }

  value(layer: number, head: number, token: number): number {
    return this.values[this.offset(layer, head) + token] ?? 0;
  }

  /** The values of patches that get the two ends of the colours; weights start at 0. */
  range(layer: number, head: number, kind: Settings["maximum"]): Range {
    if (kind === "shared") return this.#shared;
    const index = layer * this.#sizes.heads + head;
    const low = this.#signed ? (this.#least[index] ?? 0) : 0;
    return { low, high: this.#most[index] ?? 0 };
  }

  /** Write the colour numbers of a head's patches to `out` from `to` on.
   *
   * @param stride how far the rows of patches lie apart in `out`
   */
  colour(
    layer: number,
    head: number,
    { maximum, scale }: Pick<Settings, "maximum" | "scale">,
    out: Uint8Array,
    to: number,
    stride = this.#grid.columns,
  ): void {
    const { rows, columns, prefix } = this.#grid;
    const range = this.range(layer, head, maximum);
    const from = this.offset(layer, head) + prefix;
    for (let row = 0; row < rows; row++) {
      const start = from + row * columns;
      colourIndices(this.values, start, columns, range, scale, out, to + row * stride);
    }
  }

  /** The patch with the largest value. */
  strongest(layer: number, head: number): number {
    const start = this.offset(layer, head);
    const { high } = this.range(layer, head, "head");
    for (let token = this.#grid.prefix; token < this.#sizes.tokens; token++) {
      if (this.values[start + token] === high) return token;
    }
    return this.#grid.prefix;
  }

  #findRanges(layer: number): void {
    const { heads, tokens } = this.#sizes;
    const { values } = this;
    for (let head = 0; head < heads; head++) {
      const start = this.offset(layer, head);
      let least = Number.POSITIVE_INFINITY;
      let most = Number.NEGATIVE_INFINITY;
      for (let at = start + this.#grid.prefix; at < start + tokens; at++) {
        const value = values[at] as number;
        if (value < least) least = value;
        if (value > most) most = value;
      }
      this.#least[layer * heads + head] = least;
      this.#most[layer * heads + head] = most;
    }
  }

  #rangeOfAll(): Range {
    const { layers, heads } = this.#sizes;
    const all = { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY };
    for (let layer = 0; layer < layers; layer++) {
      if (!this.isPresent(layer)) continue;
      for (let head = 0; head < heads; head++) {
        const { low, high } = this.range(layer, head, "head");
        all.low = Math.min(all.low, low);
        all.high = Math.max(all.high, high);
      }
    }
    return all.high >= all.low ? all : { low: 0, high: 0 };
  }
}
