import { PatchGrid } from "../core/grid";

/** The numbers of a model, as `vitwidgets/publishing` writes them into a page. */
export interface LiveConfig {
  n_layers: number;
  n_heads: number;
  d_model: number;
  d_mlp: number;
  n_classes: number;
  /** Pixels of the input and of a patch: height, width. */
  image_size: [number, number];
  patch_size: [number, number];
  /** Names of the tokens before the patches; the first is the class token. */
  prefix_names: string[];
  /** What the norms add to the variance. */
  epsilon: number;
  /** Whether a scale for each channel is on what blocks add. */
  layer_scale: boolean;
  /** Of each colour, for colours from 0 to 1. */
  mean: [number, number, number];
  std: [number, number, number];
}

export const COLOURS = 3;

/** Where the tokens of a model lie. */
export function gridOf({
  image_size,
  patch_size,
  prefix_names,
}: LiveConfig): PatchGrid {
  const [height, width] = image_size;
  return new PatchGrid(height / patch_size[0], width / patch_size[1], prefix_names);
}
