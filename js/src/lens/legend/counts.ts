import type { Lens } from "../lens";

/** How many patches of a layer are of a kind. */
export interface Count {
  index: number;
  patches: number;
}

/** Patches of the present layer by top class, or by its superclass: most first. */
export function countPatches(
  { facts, readings }: Pick<Lens, "facts" | "readings">,
  layer: number,
  of: "class" | "superclass",
): Count[] {
  const counts = new Map<number, number>();
  for (let token = facts.grid.prefix; token < facts.sizes.tokens; token++) {
    const target = readings.top(layer, token);
    const index = of === "class" ? target : (facts.superclassOf[target] ?? 0);
    counts.set(index, (counts.get(index) ?? 0) + 1);
  }
  return [...counts]
    .map(([index, patches]) => ({ index, patches }))
    .sort((one, other) => other.patches - one.patches || one.index - other.index);
}
