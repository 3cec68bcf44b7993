import {
  attentionAddress,
  biasAddress,
  headAddress,
  type Level,
  mlpAddress,
  neuronAddress,
} from "./address";
import { type Neurons, type Split, type Sum, summed } from "./answers";
import type { Order } from "./attribution";
import { WORDS } from "./words";

/** One summand of what is opened. */
export interface Part {
  /** "L3.H2", "class bias"; "" for several parts together. */
  address: string;
  /** What a person calls it. */
  name: string;
  value: number;
}

/** More bars than these are too many to read. */
const MOST = 100;

/** Terms that come before the first layer; all others come after the last. */
const FIRST = ["embedding", "position", "embedding bias"];

/** Every part, by place: the embedding, each layer's, and those of the output. */
export function allParts(split: Split): Part[] {
  const outer = outerParts(split);
  const isFirst = ({ address }: Part) => FIRST.includes(address);
  return [
    ...outer.filter(isFirst),
    ...Array.from(split.mlp, (_, layer) => layerParts(split, layer)).flat(),
    ...outer.filter((part) => !isFirst(part)),
  ];
}

/** The parts of no layer. */
export function outerParts({ outer }: Split): Part[] {
  return outer.map(({ address, value }) => named(address, value));
}

/** The parts of a layer; biases that it lacks are left out. */
export function layerParts(split: Split, layer: number): Part[] {
  return [
    ...attentionParts(split, layer),
    named(mlpAddress(layer), split.mlp[layer] ?? 0),
    ...bias(layer, "MLP", split.mlpBias[layer]),
  ];
}

/** The heads of a layer and the bias; one part for all heads that can't be told apart. */
export function attentionParts(split: Split, layer: number): Part[] {
  const heads = headsOf(split, layer);
  const whole = named(attentionAddress(layer), split.attention[layer] ?? 0);
  return [
    ...(heads
      ? Array.from(heads, (value, head) => named(headAddress(layer, head), value))
      : [whole]),
    ...bias(layer, "attention", split.attentionBias[layer]),
  ];
}

/** What each head of a layer counts for; null where they can't be told apart. */
export function headsOf({ heads, mlp }: Split, layer: number): Float32Array | null {
  const count = heads.length / mlp.length;
  const own = heads.subarray(layer * count, (layer + 1) * count);
  return own.some(Number.isNaN) ? null : own;
}

/** The strongest neurons of an MLP, by place, and all others as one. */
export function neuronParts(neurons: Neurons, layer: number): Part[] {
  const listed = Array.from(neurons.values, (value, at) => ({
    neuron: neurons.index[at] ?? 0,
    value,
  })).sort((one, other) => one.neuron - other.neuron);
  const parts = listed.map(({ neuron, value }) =>
    named(neuronAddress(layer, neuron), value),
  );
  const others = neurons.count - parts.length;
  if (others === 0) return parts;
  return [...parts, { address: "", name: WORDS.rest(others), value: neurons.rest }];
}

/** Parts in an order: the strongest one by one, and all others together at the end. */
export function inOrder(parts: readonly Part[], order: Order): readonly Part[] {
  const rank = ({ address, value }: Part) => (address ? Math.abs(value) : -1);
  const bySize = [...parts].sort((one, other) => rank(other) - rank(one));
  const [shown, others] = [bySize.slice(0, MOST), bySize.slice(MOST)];
  const places = new Set(shown);
  const ordered = order === "size" ? shown : parts.filter((part) => places.has(part));
  return others.length === 0 ? ordered : [...ordered, together(others)];
}

function together(parts: readonly Part[]): Part {
  const value = parts.reduce((sum, part) => sum + part.value, 0);
  return { address: "", name: WORDS.otherParts(parts.length), value };
}

/** What a level that the page itself takes apart is the sum of. */
export function partsOf(split: Split, level: Level): Part[] {
  switch (level.kind) {
    case "outside":
      return outerParts(split);
    case "layer":
      return layerParts(split, level.layer);
    case "attention":
      return attentionParts(split, level.layer);
    default:
      return allParts(split);
  }
}

/** The sum of the parts of such a level, against what is read from the stream. */
export function sumOf(split: Split, level: Level): Sum {
  if (level.kind === "all") return split;
  const values = partsOf(split, level).map(({ value }) => value);
  return summed(values, parentOf(split, level));
}

function parentOf({ depth, attention }: Split, level: Level): number {
  switch (level.kind) {
    case "layer": {
      const at = 2 * level.layer;
      return (depth[at + 2] ?? 0) - (depth[at] ?? 0);
    }
    case "attention":
      return attention[level.layer] ?? 0;
    default:
      return depth[0] ?? 0;
  }
}

function named(address: string, value: number): Part {
  return { address, name: address, value };
}

function bias(layer: number, of: "attention" | "MLP", value = 0): Part[] {
  return value === 0 ? [] : [named(biasAddress(layer, of), value)];
}
