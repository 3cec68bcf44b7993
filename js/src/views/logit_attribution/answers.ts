import type { NamedArray } from "../../core/codec";
import type { Answer } from "../../core/requests";
import { WORDS } from "./words";

/** A number and what it is the sum of. */
export interface Sum {
  sum: number;
  parent: number;
  /** What the parent is more than the sum. */
  residue: number;
}

/** One term of the sum that is of no layer. */
export interface Term {
  name: string;
  address: string;
  value: number;
}

/** A number of the output, split over all of the model. */
export interface Split extends Sum {
  /** Norms and gates that are held as in the real forward pass, in words. */
  frozen: readonly string[];
  /** What can't be told apart, and why. */
  whole: readonly string[];
  /** Why the number is no sum over parts, or "". */
  note: string;
  /** Terms of no layer. */
  outer: readonly Term[];
  /** [layer, head]; NaN where the heads of a layer can't be told apart. */
  heads: Float32Array;
  /** [layer]: of all heads together. */
  attention: Float32Array;
  attentionBias: Float32Array;
  mlp: Float32Array;
  mlpBias: Float32Array;
  /** After the embedding, and after the attention and the MLP of each layer. */
  depth: Float32Array;
}

/** A head, split over the tokens that it read. */
export interface Sources extends Sum {
  /** [token] */
  values: Float32Array;
}

/** An MLP, split over its strongest neurons and the rest. */
export interface Neurons extends Sum {
  count: number;
  index: Float32Array;
  values: Float32Array;
  rest: number;
}

export function splitFrom({ result, arrays }: Answer): Split {
  const array = reader(arrays);
  return {
    ...sumFrom({ ...result, parent: result.value }),
    frozen: result.frozen as string[],
    whole: result.whole as string[],
    note: String(result.note),
    outer: result.outer as Term[],
    heads: array("heads"),
    attention: array("attention"),
    attentionBias: array("attention_bias"),
    mlp: array("mlp"),
    mlpBias: array("mlp_bias"),
    depth: array("depth"),
  };
}

export function sourcesFrom({ result, arrays }: Answer): Sources {
  return { values: reader(arrays)("values"), ...sumFrom(result) };
}

export function neuronsFrom({ result, arrays }: Answer): Neurons {
  const array = reader(arrays);
  return {
    ...sumFrom(result),
    index: array("index"),
    values: array("values"),
    count: Number(result.n_neurons),
    rest: Number(result.rest),
  };
}

/** The sum of parts, against what they should add up to. */
export function summed(values: Iterable<number>, parent: number): Sum {
  let sum = 0;
  for (const value of values) sum += value;
  return { sum, parent, residue: parent - sum };
}

function sumFrom(result: Answer["result"]): Sum {
  return {
    sum: Number(result.sum),
    parent: Number(result.parent),
    residue: Number(result.residue),
  };
}

function reader(arrays: readonly NamedArray[]): (name: string) => Float32Array {
  // A saved page answers what it doesn't hold with nothing.
  if (arrays.length === 0) throw new Error(WORDS.notInThisPage);
  return (name) => {
    const found = arrays.find((array) => array.name === name)?.values;
    if (found instanceof Float32Array) return found;
    throw new Error(`the answer has no ${name}`);
  };
}
