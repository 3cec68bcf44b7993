import type { Facts } from "./facts";

/** What is taken apart: all of the model, what is of no layer, a layer, its attention, a
 * head, or its MLP. */
export type Level =
  | { kind: "all" }
  | { kind: "outside" }
  | { kind: "layer"; layer: number }
  | { kind: "attention"; layer: number }
  | { kind: "head"; layer: number; head: number }
  | { kind: "mlp"; layer: number };

/** Opens all that is of no layer. */
export const OUTSIDE = "embedding";

export function layerAddress(layer: number): string {
  return `L${layer}`;
}

export function attentionAddress(layer: number): string {
  return `L${layer}.attention`;
}

export function headAddress(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

export function mlpAddress(layer: number): string {
  return `L${layer}.MLP`;
}

export function neuronAddress(layer: number, neuron: number): string {
  return `L${layer}.MLP.n${neuron}`;
}

export function biasAddress(layer: number, of: "attention" | "MLP"): string {
  return `L${layer}.${of} bias`;
}

/** What is opened by an address: "" is all, "L3" a layer, "L3.attention" its attention,
 * "L3.H2" a head, "L3.MLP" an MLP; words name what is of no layer. What can't be taken
 * apart, a neuron or a bias, opens what it is a part of.
 *
 * @throws when this model has no such part
 */
export function levelOf(
  address: string,
  { layers, heads }: Pick<Facts, "layers" | "heads">,
): Level {
  if (address === "") return { kind: "all" };
  const [, first, rest = ""] = /^L(\d+)(?:\.(.+))?$/.exec(address) ?? [];
  if (first === undefined) return { kind: "outside" };
  const layer = below(layers, first, "layer", address);
  if (/^MLP(\.n\d+)?$/.test(rest)) return { kind: "mlp", layer };
  if (/^attention( bias)?$/.test(rest)) return { kind: "attention", layer };
  const [, digits] = /^H(\d+)$/.exec(rest) ?? [];
  if (digits === undefined) return { kind: "layer", layer };
  return { kind: "head", layer, head: below(heads, digits, "head", address) };
}

/** The address that opens a level. */
export function addressOf(level: Level): string {
  switch (level.kind) {
    case "all":
      return "";
    case "outside":
      return OUTSIDE;
    case "layer":
      return layerAddress(level.layer);
    case "attention":
      return attentionAddress(level.layer);
    case "head":
      return headAddress(level.layer, level.head);
    case "mlp":
      return mlpAddress(level.layer);
  }
}

/** The levels that lead to one, from all of the model to itself. */
export function pathTo(level: Level): Level[] {
  const all: Level = { kind: "all" };
  switch (level.kind) {
    case "all":
      return [all];
    case "outside":
    case "layer":
      return [all, level];
    case "attention":
    case "mlp":
      return [all, { kind: "layer", layer: level.layer }, level];
    case "head": {
      const { layer } = level;
      return [all, { kind: "layer", layer }, { kind: "attention", layer }, level];
    }
  }
}

function below(size: number, digits: string, what: string, address: string): number {
  const index = Number(digits);
  if (index < size) return index;
  throw new Error(
    `${address} doesn't exist: this model has ${what} 0 to ${what} ${size - 1}`,
  );
}
