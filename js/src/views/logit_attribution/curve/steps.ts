import { attentionAddress, layerAddress, mlpAddress, OUTSIDE } from "../address";
import type { Split } from "../answers";
import { WORDS } from "../words";

/** One step of the curve. */
export interface Step {
  name: string;
  /** What a click opens. */
  address: string;
  change: number;
  after: number;
}

/** The steps through a model, the embedding first. */
export function stepsOf({ depth, mlp, mlpBias }: Split): Step[] {
  return Array.from(depth, (after, index): Step => {
    const change = after - (depth[index - 1] ?? 0);
    if (index === 0) return { name: WORDS.startStep, address: OUTSIDE, change, after };
    const layer = (index - 1) >> 1;
    const ofMlp = (mlp[layer] ?? 0) + (mlpBias[layer] ?? 0);
    // Where a block adds both at once, there is no stream between them.
    const atOnce = depth[2 * layer + 2] === depth[2 * layer + 1] && ofMlp !== 0;
    const [name, address] = atOnce
      ? [WORDS.bothStep(layer), layerAddress(layer)]
      : index % 2 === 1
        ? [WORDS.attentionStep(layer), attentionAddress(layer)]
        : [WORDS.mlpStep(layer), mlpAddress(layer)];
    return { name, address, change, after };
  });
}
