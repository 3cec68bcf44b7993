import { checkHistory } from "../../core/history";
import type { AttentionHeadTourWritable } from "../../core/state.gen";
import type { Facts, Settings, TourFacts } from "./facts";

const CHOICES: Readonly<Partial<Record<AttentionHeadTourWritable, readonly string[]>>> =
  {
    direction: ["row", "column"],
    scale: ["linear", "log"],
    maximum: ["head", "shared"],
    large: ["picture", "matrix"],
  };

const NAMES: Readonly<Record<Settings["shown"], string>> = {
  pattern: "attention",
  scores: "scores",
  written: "what is written",
  rollout: "rollout",
};

/** Throw when a setting (from Python, or linked from another view) can't be shown. */
export function checkSetting(
  sides: readonly Facts[],
  { offered }: TourFacts,
  name: AttentionHeadTourWritable,
  value: unknown,
): void {
  const [first] = sides;
  if (!first) return;
  const choices = CHOICES[name];
  if (choices && !choices.includes(value as string)) {
    throw new Error(`${name} is ${choices.join(" or ")}, not ${String(value)}`);
  }
  const sizes: Partial<Record<AttentionHeadTourWritable, number>> = {
    layer: first.sizes.layers,
    head: first.sizes.heads,
    query: first.sizes.tokens,
    side: sides.length,
  };
  const size = sizes[name];
  if (size !== undefined && !isIndex(value, size)) {
    throw new Error(
      `${name} ${String(value)} doesn't exist: this model has 0 to ${size - 1}`,
    );
  }
  if (name === "shown" && !offered.includes(value as Settings["shown"])) {
    const known = offered.map((each) => NAMES[each]).join(", ");
    throw new Error(`${String(value)} can't be shown here, only ${known}`);
  }
  if (name === "pins" || name === "selection") checkHeads(first, name, value);
  if (name === "region") checkRegion(first, value);
  if (name === "history" || name === "undone") checkHistory(name, value);
}

function isIndex(value: unknown, size: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < size;
}

function checkHeads({ sizes }: Facts, name: string, value: unknown): void {
  for (const [layer, head] of value as Settings["pins"]) {
    if (isIndex(layer, sizes.layers) && isIndex(head, sizes.heads)) continue;
    throw new Error(`${name}: L${layer}.H${head} doesn't exist on this model`);
  }
}

function checkRegion({ grid }: Facts, value: unknown): void {
  const region = value as Settings["region"];
  if (region.length === 0) return;
  const [top = -1, left = -1, bottom = -1, right = -1] = region;
  const down = isIndex(top, bottom + 1) && isIndex(bottom, grid.rows);
  const across = isIndex(left, right + 1) && isIndex(right, grid.columns);
  if (region.length === 4 && down && across) return;
  throw new Error(`region ${JSON.stringify(region)} doesn't lie within the picture`);
}
