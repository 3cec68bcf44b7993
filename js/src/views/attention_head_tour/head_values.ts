import type { AttentionStore, Sizes } from "../../core/attention";
import type { PatchGrid } from "../../core/grid";
import type { Settings } from "./facts";

/** The values of every head for the present query, and their maxima. */
export class HeadValues {
  /** [layer, head, token] */
  readonly values: Float32Array;
  readonly #present: boolean[];
  /** Largest value among patches, [layer, head]. */
  readonly #maxima: Float32Array;
  readonly #sizes: Sizes;
  readonly #grid: PatchGrid;
  #shared = 0;

  constructor(sizes: Sizes, grid: PatchGrid) {
    this.#sizes = sizes;
    this.#grid = grid;
    this.values = new Float32Array(sizes.layers * sizes.heads * sizes.tokens);
    this.#present = new Array(sizes.layers).fill(false);
    this.#maxima = new Float32Array(sizes.layers * sizes.heads);
  }

  read(store: AttentionStore, query: number, direction: Settings["direction"]): void {
    const { layers, heads, tokens } = this.#sizes;
    this.#shared = 0;
    for (let layer = 0; layer < layers; layer++) {
      const offset = layer * heads * tokens;
      const present = store.read(layer, query, direction, this.values, offset);
      this.#present[layer] = present;
      if (present) this.#findMaxima(layer);
    }
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

  /** The value that gets the brightest colour. */
  maximum(layer: number, head: number, kind: Settings["maximum"]): number {
    if (kind === "shared") return this.#shared;
    return this.#maxima[layer * this.#sizes.heads + head] ?? 0;
  }

  /** The patch with the largest value. */
  strongest(layer: number, head: number): number {
    const start = this.offset(layer, head);
    const most = this.maximum(layer, head, "head");
    for (let token = this.#grid.prefix; token < this.#sizes.tokens; token++) {
      if (this.values[start + token] === most) return token;
    }
    return this.#grid.prefix;
  }

  #findMaxima(layer: number): void {
    const { heads, tokens } = this.#sizes;
    for (let head = 0; head < heads; head++) {
      const start = this.offset(layer, head);
      let most = 0;
      for (let token = this.#grid.prefix; token < tokens; token++) {
        most = Math.max(most, this.values[start + token] ?? 0);
      }
      this.#maxima[layer * heads + head] = most;
      this.#shared = Math.max(this.#shared, most);
    }
  }
}
