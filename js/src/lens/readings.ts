import { decode, type NamedArray, type WireArray } from "../core/codec";

/** What a lens with one norm reads, as it travels: in the opening state, and in answers
 * of the kind "lens". Layers are rows here: the embedding is row 0. */
interface ReadingArrays {
  /** [row, token, k] */
  top_classes: Uint16Array;
  top_logits: Float32Array;
  /** [row, token]; a class has the probability exp(logit - normaliser). */
  normaliser: Float32Array;
  /** [row, token], in nats. */
  entropy: Float32Array;
  /** [token, k]: the classes that are likeliest at any layer. */
  followed_classes: Uint16Array;
  /** [row, token, k] */
  followed_logits: Float32Array;
}

type WiredReadings = {
  [Name in keyof ReadingArrays]: ReadingArrays[Name] extends Uint16Array
    ? WireArray<"uint16">
    : WireArray<"float32">;
};

/** Rows and tokens of everything that is read. */
export interface ReadingSizes {
  /** One for the embedding, and one for each block. */
  rows: number;
  tokens: number;
}

/** What one lens with one norm reads at every layer and token. A `layer` of -1 is the
 * embedding, any other is the stream after that block. */
export class Readings {
  /** How many of the likeliest classes are known of each token. */
  readonly tops: number;
  /** How many classes are followed through all layers of each token. */
  readonly follows: number;
  readonly #arrays: ReadingArrays;
  readonly #tokens: number;

  /** @throws when the arrays don't fit each other */
  constructor(arrays: ReadingArrays, { rows, tokens }: ReadingSizes) {
    const cells = rows * tokens;
    this.#arrays = arrays;
    this.#tokens = tokens;
    this.tops = arrays.top_classes.length / cells;
    this.follows = arrays.followed_classes.length / tokens;
    const sizes = {
      top_classes: Math.floor(this.tops) * cells,
      top_logits: this.tops * cells,
      normaliser: cells,
      entropy: cells,
      followed_classes: Math.floor(this.follows) * tokens,
      followed_logits: this.follows * cells,
    };
    for (const [name, size] of Object.entries(sizes)) {
      const { length } = arrays[name as keyof ReadingArrays];
      if (length !== size || length === 0) {
        throw new Error(`${name} has ${length} values, not those of ${cells} cells`);
      }
    }
  }

  /** The class that is likeliest but for `k` others. */
  top(layer: number, token: number, k = 0): number {
    return this.#arrays.top_classes[this.#cell(layer, token) * this.tops + k] as number;
  }

  /** Its logit. */
  logit(layer: number, token: number, k = 0): number {
    return this.#arrays.top_logits[this.#cell(layer, token) * this.tops + k] as number;
  }

  /** Its probability among all classes. */
  probability(layer: number, token: number, k = 0): number {
    return this.probabilityOf(layer, token, this.logit(layer, token, k));
  }

  /** The probability of a class that has this logit there. */
  probabilityOf(layer: number, token: number, logit: number): number {
    const normaliser = this.#arrays.normaliser[this.#cell(layer, token)] as number;
    return Math.exp(logit - normaliser);
  }

  /** How undecided the token is, in nats: 0 for sure of one class. */
  entropy(layer: number, token: number): number {
    return this.#arrays.entropy[this.#cell(layer, token)] as number;
  }

  /** The classes of a token that are followed through all layers. */
  followed(token: number): number[] {
    const from = token * this.follows;
    return [...this.#arrays.followed_classes.subarray(from, from + this.follows)];
  }

  /** The logit of the token's followed class number `k`. */
  followedLogit(layer: number, token: number, k: number): number {
    const at = this.#cell(layer, token) * this.follows + k;
    return this.#arrays.followed_logits[at] as number;
  }

  #cell(layer: number, token: number): number {
    return (layer + 1) * this.#tokens + token;
  }
}

/** What one lens with one norm says of one class. */
export class ClassMap {
  readonly #logits: Float32Array;
  readonly #ranks: Float32Array;
  readonly #tokens: number;

  /** @throws when the arrays are of another size */
  constructor(
    arrays: { logits: Float32Array; ranks: Float32Array },
    { rows, tokens }: ReadingSizes,
  ) {
    this.#logits = arrays.logits;
    this.#ranks = arrays.ranks;
    this.#tokens = tokens;
    for (const [name, { length }] of Object.entries(arrays)) {
      if (length === rows * tokens) continue;
      throw new Error(`${name} has ${length} values, not ${rows * tokens}`);
    }
  }

  logit(layer: number, token: number): number {
    return this.#logits[(layer + 1) * this.#tokens + token] as number;
  }

  /** How many classes have a larger logit there. */
  rank(layer: number, token: number): number {
    return this.#ranks[(layer + 1) * this.#tokens + token] as number;
  }
}

/** @param said as the opening state holds it */
export function readingsFromState(said: WiredReadings, sizes: ReadingSizes): Readings {
  const arrays = arraysOf(READING_KINDS, (name) => decode(name, said[name]));
  return new Readings(arrays, sizes);
}

/** @param arrays of an answer of the kind "lens" */
export function readingsFrom(
  arrays: readonly NamedArray[],
  sizes: ReadingSizes,
): Readings {
  return new Readings(arraysOf(READING_KINDS, namedIn(arrays)), sizes);
}

/** @param arrays of an answer of the kind "class" */
export function classMapFrom(
  arrays: readonly NamedArray[],
  sizes: ReadingSizes,
): ClassMap {
  return new ClassMap(arraysOf(MAP_KINDS, namedIn(arrays)), sizes);
}

const READING_KINDS = {
  top_classes: Uint16Array,
  top_logits: Float32Array,
  normaliser: Float32Array,
  entropy: Float32Array,
  followed_classes: Uint16Array,
  followed_logits: Float32Array,
} as const;

const MAP_KINDS = { logits: Float32Array, ranks: Float32Array } as const;

type Kinds = Record<string, Uint16ArrayConstructor | Float32ArrayConstructor>;

/** An array for each name, of its kind. */
function arraysOf<Named extends Kinds>(
  kinds: Named,
  find: (name: keyof Named & string) => unknown,
): { [Name in keyof Named]: InstanceType<Named[Name]> } {
  const found = Object.entries(kinds).map(([name, Kind]) => {
    const values = find(name);
    if (values instanceof Kind) return [name, values];
    throw new Error(`${name} is not in the answer`);
  });
  return Object.fromEntries(found);
}

function namedIn(arrays: readonly NamedArray[]): (name: string) => unknown {
  return (name) => arrays.find((array) => array.name === name)?.values;
}
