import type { NamedArray } from "./codec";

export type Direction = "row" | "column";

export interface Sizes {
  layers: number;
  heads: number;
  tokens: number;
}

/** Codes and scales as the kernel sends them, in pairs that belong together. */
export interface Quantised {
  codes: Uint8Array;
  scales: Float32Array;
}

interface Slab extends Quantised {
  query: number;
  direction: Direction;
}

interface Code {
  code: number;
  scale: number;
}

const LEVELS = 255;
const KEPT_SLABS = 32;

/** The value that a code stands for. */
function decodeWeight(code: number, scale: number): number {
  return scale * (code / LEVELS) ** 2;
}

/** How far the true value of a code may lie from the decoded one: rounding moved the
 * square root by at most half a level. */
function codeError(code: number, scale: number): number {
  const rounding = (scale * (code + 0.25)) / LEVELS ** 2;
  return rounding + scale * 2 ** -22; // float32's own, in the kernel and here
}

/** The attention that is in the page: whole layers, and rows of single queries. */
export class AttentionStore {
  readonly #sizes: Sizes;
  readonly #layers = new Map<number, Quantised>();
  #slabs: Slab[] = [];

  constructor(sizes: Sizes) {
    this.#sizes = sizes;
  }

  get loadedLayers(): number {
    return this.#layers.size;
  }

  hasLayer(layer: number): boolean {
    return this.#layers.has(layer);
  }

  /** codes [head, query, key], scales [head, query] */
  addLayer(layer: number, data: Quantised): void {
    const { heads, tokens } = this.#sizes;
    checkLength("codes", data.codes, heads * tokens * tokens);
    checkLength("scales", data.scales, heads * tokens);
    this.#layers.set(layer, data);
  }

  /** codes [layer, head, token], scales [layer, head, 1] or [layer, head, token] */
  addRows(query: number, direction: Direction, data: Quantised): void {
    const { layers, heads, tokens } = this.#sizes;
    checkLength("codes", data.codes, layers * heads * tokens);
    if (data.scales.length !== layers * heads) {
      checkLength("scales", data.scales, layers * heads * tokens);
    }
    // The first slab is the opening picture: it stays, for layers that are not here yet.
    if (this.#slabs.length >= KEPT_SLABS) this.#slabs.splice(1, 1);
    this.#slabs.push({ query, direction, ...data });
  }

  /** Whether every head's values for this query are here. */
  hasRows(query: number, direction: Direction): boolean {
    return (
      this.#layers.size === this.#sizes.layers ||
      this.#slab(query, direction) !== undefined
    );
  }

  /** Write one layer's values for a query, [head, token], into `out` at `offset`;
   * false when they are not in the page. */
  read(
    layer: number,
    query: number,
    direction: Direction,
    out: Float32Array,
    offset: number,
  ): boolean {
    const whole = this.#layers.get(layer);
    if (whole) {
      if (direction === "row") this.#readRow(whole, query, out, offset);
      else this.#readColumn(whole, query, out, offset);
      return true;
    }
    const slab = this.#slab(query, direction);
    if (slab) this.#readSlab(slab, layer, out, offset);
    return slab !== undefined;
  }

  /** Largest possible error of one value of `read`; null when it is not in the page. */
  error(
    layer: number,
    head: number,
    query: number,
    direction: Direction,
    token: number,
  ): number | null {
    const found = this.#code(layer, head, query, direction, token);
    return found && codeError(found.code, found.scale);
  }

  #slab(query: number, direction: Direction): Slab | undefined {
    return this.#slabs.find(
      (slab) => slab.query === query && slab.direction === direction,
    );
  }

  #readRow(data: Quantised, query: number, out: Float32Array, offset: number): void {
    const { heads, tokens } = this.#sizes;
    for (let head = 0; head < heads; head++) {
      const row = head * tokens + query;
      const scale = data.scales[row] ?? 0;
      for (let key = 0; key < tokens; key++) {
        const code = data.codes[row * tokens + key] ?? 0;
        out[offset + head * tokens + key] = decodeWeight(code, scale);
      }
    }
  }

  #readColumn(data: Quantised, key: number, out: Float32Array, offset: number): void {
    const { heads, tokens } = this.#sizes;
    for (let row = 0; row < heads * tokens; row++) {
      const code = data.codes[row * tokens + key] ?? 0;
      out[offset + row] = decodeWeight(code, data.scales[row] ?? 0);
    }
  }

  #readSlab(slab: Slab, layer: number, out: Float32Array, offset: number): void {
    const { heads, tokens } = this.#sizes;
    const start = layer * heads * tokens;
    for (let at = 0; at < heads * tokens; at++) {
      const code = slab.codes[start + at] ?? 0;
      out[offset + at] = decodeWeight(code, this.#slabScale(slab, start + at));
    }
  }

  #slabScale(slab: Slab, at: number): number {
    const perToken = slab.scales.length === slab.codes.length;
    return slab.scales[perToken ? at : Math.floor(at / this.#sizes.tokens)] ?? 0;
  }

  #code(
    layer: number,
    head: number,
    query: number,
    direction: Direction,
    token: number,
  ): Code | null {
    const { heads, tokens } = this.#sizes;
    const whole = this.#layers.get(layer);
    if (whole) {
      const [from, to] = direction === "row" ? [query, token] : [token, query];
      const row = head * tokens + from;
      return {
        code: whole.codes[row * tokens + to] ?? 0,
        scale: whole.scales[row] ?? 0,
      };
    }
    const slab = this.#slab(query, direction);
    if (!slab) return null;
    const at = (layer * heads + head) * tokens + token;
    return { code: slab.codes[at] ?? 0, scale: this.#slabScale(slab, at) };
  }
}

/** The codes and scales of a reply, or an error that says what is missing. */
export function quantisedFrom(arrays: readonly NamedArray[]): Quantised {
  const codes = arrays.find(({ name }) => name === "codes")?.values;
  const scales = arrays.find(({ name }) => name === "scales")?.values;
  if (!(codes instanceof Uint8Array) || !(scales instanceof Float32Array)) {
    throw new Error("an answer came without codes (uint8) and scales (float32)");
  }
  return { codes, scales };
}

function checkLength(name: string, values: ArrayLike<number>, expected: number): void {
  if (values.length !== expected) {
    throw new Error(`${name}: ${values.length} values came where ${expected} belong`);
  }
}
