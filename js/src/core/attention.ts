import type { NamedArray } from "./codec";
import { RecentlyUsed } from "./recently_used";

export type Direction = "row" | "column";

export interface Sizes {
  layers: number;
  heads: number;
  tokens: number;
}

/** Codes as the kernel sends them, with what they are measured in: without lows a value
 * is scale · (code / 255)² (weights), with lows it is low + scale · code / 255 (signed
 * values). Lows lie as scales do. */
export interface Quantised {
  codes: Uint8Array;
  scales: Float32Array;
  lows?: Float32Array;
}

const LEVELS = 255;

/** What a code stands for, as a share of its scale. */
const SQUARES = Float64Array.from({ length: 256 }, (_, code) => (code / LEVELS) ** 2);
const SHARES = Float64Array.from({ length: 256 }, (_, code) => code / LEVELS);

/** The name of the rows (or columns) of some tokens, of which the mean is shown. */
export function rowsKey(tokens: readonly number[], direction: Direction): string {
  return `${direction} ${tokens.join(" ")}`;
}

/** The attention that is in the page: whole layers, rows of single queries or of
 * regions, and whole heads. */
export class AttentionStore {
  readonly #sizes: Sizes;
  readonly #layers = new Map<number, Quantised>();
  readonly #slabs: RecentlyUsed<Quantised>;
  readonly #heads: RecentlyUsed<Quantised>;
  #signed = false;

  /** @param room bytes that rows may take, and whole heads too */
  constructor(sizes: Sizes, room = Number.POSITIVE_INFINITY) {
    this.#sizes = sizes;
    this.#slabs = new RecentlyUsed(room);
    this.#heads = new RecentlyUsed(room);
  }

  get loadedLayers(): number {
    return this.#layers.size;
  }

  /** Whether values may lie below zero. */
  get signed(): boolean {
    return this.#signed;
  }

  hasLayer(layer: number): boolean {
    return this.#layers.has(layer);
  }

  /** codes [head, query, key], scales [head, query] */
  addLayer(layer: number, data: Quantised): void {
    const { heads, tokens } = this.#sizes;
    checkLengths(data, heads * tokens * tokens, heads * tokens);
    this.#layers.set(layer, data);
    this.#signed = isSigned(data);
  }

  /** One head's matrix, where its whole layer doesn't travel: codes [query, key],
   * scales [query] */
  addHead(layer: number, head: number, data: Quantised): void {
    const { tokens } = this.#sizes;
    checkLengths(data, tokens * tokens, tokens);
    this.#heads.set(headKey(layer, head), data, bytesOf(data));
    this.#signed = isSigned(data);
  }

  /** codes [layer, head, token], scales [layer, head, 1] or [layer, head, token]
   *
   * @param key their `rowsKey`
   */
  addRows(key: string, data: Quantised): void {
    const { layers, heads, tokens } = this.#sizes;
    const perHead = data.scales.length === layers * heads;
    const values = layers * heads * tokens;
    checkLengths(data, values, perHead ? layers * heads : values);
    this.#slabs.set(key, data, bytesOf(data));
    this.#signed = isSigned(data);
  }

  /** Whether every head's values for these rows are here.
   *
   * @param key their `rowsKey`
   */
  hasRows(key: string): boolean {
    return this.#layers.size === this.#sizes.layers || this.#slabs.has(key);
  }

  /** One head's matrix, codes [query, key], scales [query]; null when it is not here. */
  matrix(layer: number, head: number): Quantised | null {
    const whole = this.#layers.get(layer);
    if (!whole) return this.#heads.get(headKey(layer, head)) ?? null;
    const { tokens } = this.#sizes;
    const [from, to] = [head * tokens, (head + 1) * tokens];
    const { codes, scales, lows } = whole;
    return {
      codes: codes.subarray(from * tokens, to * tokens),
      scales: scales.subarray(from, to),
      ...(lows && { lows: lows.subarray(from, to) }),
    };
  }

  /** Write one layer's values for a query, or the mean over several, [head, token], into
   * `out` at `offset`; false when they are not in the page. */
  read(
    layer: number,
    queries: readonly number[],
    direction: Direction,
    out: Float32Array,
    offset: number,
  ): boolean {
    const whole = this.#layers.get(layer);
    if (whole) {
      if (direction === "row") this.#readRows(whole, queries, out, offset);
      else this.#readColumns(whole, queries, out, offset);
      return true;
    }
    const slab = this.#slabs.get(rowsKey(queries, direction));
    if (slab) this.#readSlab(slab, layer, out, offset);
    return slab !== undefined;
  }

  /** Largest possible error of one value of `read`; null when it is not in the page. */
  error(
    layer: number,
    head: number,
    queries: readonly number[],
    direction: Direction,
    token: number,
  ): number | null {
    const { heads, tokens } = this.#sizes;
    const whole = this.#layers.get(layer);
    if (whole) {
      const errors = queries.map((query) => {
        const [from, to] = direction === "row" ? [query, token] : [token, query];
        const row = head * tokens + from;
        return codeError(whole, row * tokens + to, row);
      });
      return errors.reduce((sum, error) => sum + error, 0) / errors.length;
    }
    const slab = this.#slabs.get(rowsKey(queries, direction));
    if (!slab) return null;
    const at = (layer * heads + head) * tokens + token;
    return codeError(
      slab,
      at,
      Math.floor((at * slab.scales.length) / slab.codes.length),
    );
  }

  #readRows(
    data: Quantised,
    queries: readonly number[],
    out: Float32Array,
    offset: number,
  ): void {
    const { heads, tokens } = this.#sizes;
    const { codes, scales, lows } = data;
    const table = tableOf(data);
    const sums = new Float64Array(tokens);
    for (let head = 0; head < heads; head++) {
      sums.fill(0);
      for (const query of queries) {
        const row = head * tokens + query;
        const [scale, low] = [scales[row] ?? 0, lows?.[row] ?? 0];
        for (let key = 0; key < tokens; key++) {
          const share = table[codes[row * tokens + key] as number] as number;
          sums[key] = (sums[key] as number) + (low + scale * share);
        }
      }
      const start = offset + head * tokens;
      for (let key = 0; key < tokens; key++) {
        out[start + key] = (sums[key] as number) / queries.length;
      }
    }
  }

  #readColumns(
    data: Quantised,
    queries: readonly number[],
    out: Float32Array,
    offset: number,
  ): void {
    const { heads, tokens } = this.#sizes;
    const { codes, scales, lows } = data;
    const table = tableOf(data);
    for (let row = 0; row < heads * tokens; row++) {
      let sum = 0;
      for (const key of queries) {
        sum += table[codes[row * tokens + key] as number] as number;
      }
      out[offset + row] =
        (lows?.[row] ?? 0) + ((scales[row] ?? 0) * sum) / queries.length;
    }
  }

  #readSlab(slab: Quantised, layer: number, out: Float32Array, offset: number): void {
    const { heads, tokens } = this.#sizes;
    const { codes, scales, lows } = slab;
    const table = tableOf(slab);
    const perScale = codes.length / scales.length;
    const [first, last] = [layer * heads * tokens, (layer + 1) * heads * tokens];
    const shift = offset - first;
    for (let start = first; start < last; start += perScale) {
      const [scale, low] = [
        scales[start / perScale] ?? 0,
        lows?.[start / perScale] ?? 0,
      ];
      for (let at = start; at < start + perScale; at++) {
        out[shift + at] = low + scale * (table[codes[at] as number] as number);
      }
    }
  }
}

/** The codes and scales of a reply, or an error that says what is missing. */
export function quantisedFrom(arrays: readonly NamedArray[]): Quantised {
  const find = (name: string) => arrays.find((array) => array.name === name)?.values;
  const [codes, scales, lows] = [find("codes"), find("scales"), find("lows")];
  if (!(codes instanceof Uint8Array) || !(scales instanceof Float32Array)) {
    throw new Error("an answer came without codes (uint8) and scales (float32)");
  }
  if (lows === undefined) return { codes, scales };
  if (lows instanceof Float32Array) return { codes, scales, lows };
  throw new Error("an answer came with lows that are not float32");
}

function headKey(layer: number, head: number): string {
  return `${layer} ${head}`;
}

function bytesOf({ codes, scales, lows }: Quantised): number {
  return codes.byteLength + scales.byteLength + (lows?.byteLength ?? 0);
}

function isSigned(data: Quantised): boolean {
  return data.lows !== undefined;
}

/** The shares of a scale that codes stand for. */
function tableOf(data: Quantised): Float64Array {
  return isSigned(data) ? SHARES : SQUARES;
}

/** How far a true value may lie from the decoded one: rounding moved the share of the
 * range, or the square root of it, by at most half a level. */
function codeError(
  { codes, scales, lows }: Quantised,
  at: number,
  row: number,
): number {
  const code = codes[at] ?? 0;
  const scale = scales[row] ?? 0;
  const low = lows?.[row] ?? 0;
  const rounding = lows ? scale / (2 * LEVELS) : (scale * (code + 0.25)) / LEVELS ** 2;
  return rounding + (scale + Math.abs(low)) * 2 ** -22; // float32's own, there and here
}

function checkLengths(data: Quantised, codes: number, scales: number): void {
  checkLength("codes", data.codes, codes);
  checkLength("scales", data.scales, scales);
  if (data.lows) checkLength("lows", data.lows, scales);
}

function checkLength(name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length !== expected) {
    throw new Error(`${name}: ${values.length} values came where ${expected} belong`);
  }
}
