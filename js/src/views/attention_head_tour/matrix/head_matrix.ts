import { AttentionStore, type Quantised } from "../../../core/attention";
import { colourIndices, type Range } from "../../../core/colour_scale";

type ScaleKind = "linear" | "log";

/** One head's values of every query and key. */
export class HeadMatrix {
  readonly #data: Quantised;
  readonly #tokens: number;
  /** It knows how far rounding may have moved a value. */
  readonly #store: AttentionStore;
  /** What each code of the present row stands for. */
  readonly #values = new Float32Array(256);

  /** @param data codes [query, key], scales and lows [query] */
  constructor(data: Quantised, tokens: number) {
    this.#data = data;
    this.#tokens = tokens;
    this.#store = new AttentionStore({ layers: 1, heads: 1, tokens });
    this.#store.addLayer(0, data);
  }

  /** The value of one cell, and how far the true one may lie from it. */
  cell(query: number, key: number): { value: number; error: number } {
    this.#readRow(query);
    const code = this.#data.codes[query * this.#tokens + key] ?? 0;
    const error = this.#store.error(0, 0, [query], "row", key) ?? 0;
    return { value: this.#values[code] ?? 0, error };
  }

  /** The values that get the two ends of the colours: the extremes among keys that are
   * patches, as in the picture. Only signed values begin below zero. */
  range(prefix: number): Range {
    let [low, high] = this.#data.lows ? [Infinity, -Infinity] : [0, 0];
    for (let query = 0; query < this.#tokens; query++) {
      this.#readRow(query);
      const [lowest, highest] = [this.#values[0] ?? 0, this.#values[255] ?? 0];
      if (highest <= high && lowest >= low) continue; // it can't change the range
      const [least, most] = this.#extremes(query, prefix);
      low = Math.min(low, this.#values[least] ?? 0);
      high = Math.max(high, this.#values[most] ?? 0);
    }
    return { low, high };
  }

  /** Write the colour number of every cell, row by row. */
  colour(range: Range, kind: ScaleKind, out: Uint8Array): void {
    const { codes } = this.#data;
    const tokens = this.#tokens;
    const colours = new Uint8Array(256);
    for (let query = 0; query < tokens; query++) {
      this.#readRow(query);
      colourIndices(this.#values, 0, 256, range, kind, colours, 0);
      const end = (query + 1) * tokens;
      for (let at = query * tokens; at < end; at++) {
        out[at] = colours[codes[at] as number] as number;
      }
    }
  }

  #readRow(query: number): void {
    const scale = this.#data.scales[query] ?? 0;
    const low = this.#data.lows?.[query];
    for (let code = 0; code < 256; code++) {
      const share = code / 255;
      this.#values[code] = low === undefined ? scale * share ** 2 : low + scale * share;
    }
  }

  /** The least and the largest code of a row's patches. */
  #extremes(query: number, prefix: number): [number, number] {
    const { codes } = this.#data;
    let [least, most] = [255, 0];
    const end = (query + 1) * this.#tokens;
    for (let at = query * this.#tokens + prefix; at < end; at++) {
      const code = codes[at] as number;
      if (code < least) least = code;
      if (code > most) most = code;
    }
    return [least, most];
  }
}
