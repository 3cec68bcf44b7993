import { deflateSync } from "node:zlib";
import {
  type Edit,
  type LiveConfig,
  LiveModel,
  type PackedModel,
} from "../../src/live";

import { randomNumbers } from "../random";

/** Two blocks of two heads on 2 x 3 patches of 2 x 2 pixels. */
export const CONFIG: LiveConfig = {
  n_layers: 2,
  n_heads: 2,
  d_model: 6,
  d_mlp: 5,
  n_classes: 3,
  image_size: [4, 6],
  patch_size: [2, 2],
  prefix_names: ["cls", "reg0"],
  epsilon: 1e-6,
  layer_scale: false,
  mean: [0.5, 0.4, 0.3],
  std: [0.2, 0.3, 0.4],
};
export const TOKENS = 8;

const BLOCK = {
  "norm1.weight": [6],
  "norm1.bias": [6],
  "q.weight": [6, 6],
  "q.bias": [6],
  "k.weight": [6, 6],
  "k.bias": [6],
  "v.weight": [6, 6],
  "v.bias": [6],
  "out.weight": [6, 6],
  "out.bias": [6],
  "norm2.weight": [6],
  "norm2.bias": [6],
  "up.weight": [5, 6],
  "up.bias": [5],
  "down.weight": [6, 5],
  "down.bias": [6],
};
const SHAPES: Record<string, number[]> = {
  prefix: [2, 6],
  positions: [6, 6],
  "patches.weight": [6, 12],
  "patches.bias": [6],
  ...ofBlock(0),
  ...ofBlock(1),
  "norm.weight": [6],
  "norm.bias": [6],
  "head.weight": [3, 6],
  "head.bias": [3],
};

function ofBlock(layer: number): Record<string, number[]> {
  const named = Object.entries(BLOCK).map(([name, shape]) => [
    `blocks.${layer}.${name}`,
    shape,
  ]);
  return Object.fromEntries(named);
}

export function randomFloats(count: number, seed: number): Float32Array {
  const random = randomNumbers(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

export function packed(bytes: Uint8Array, arrays: PackedModel["arrays"]): PackedModel {
  return { config: CONFIG, arrays, data: deflateSync(bytes).toString("base64") };
}

export function smallModel(): Promise<LiveModel> {
  const arrays = Object.entries(SHAPES).map(([name, shape]) => ({
    name,
    dtype: "float32" as const,
    shape,
  }));
  const count = Object.values(SHAPES).reduce(
    (sum, shape) => sum + shape.reduce((product, extent) => product * extent, 1),
    0,
  );
  const bytes = new Uint8Array(randomFloats(count, 1).buffer as ArrayBuffer);
  return LiveModel.load(packed(bytes, arrays));
}

/** Pixels of a picture, [colour, height, width]. */
export function randomPixels(seed: number): Float32Array {
  return randomFloats(3 * 4 * 6, seed);
}

export function edit(address: string, others: Partial<Edit> = {}): Edit {
  const rest = { tokens: [], strength: 1, source: "", seed: 0 };
  return { address, kind: "zero", ...rest, ...others };
}
