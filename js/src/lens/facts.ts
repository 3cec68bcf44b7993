import { CLASS_NAMES, type ClassFacts, readClasses } from "../core/classes/class_facts";
import { decode } from "../core/codec";
import { type Pictured, readPictured } from "../core/picture/pictured";
import type { KindState, LensState, LensWritable, Mode } from "./lens";
import { type ReadingSizes, type Readings, readingsFromState } from "./readings";

/** An object that is known to be in the picture. */
export interface TrueObject {
  name: string;
  /** The model's classes that are called so. */
  classes: readonly number[];
  rows: number;
  columns: number;
  /** Row by row; 0 where the object is not. */
  mask: Uint8Array;
}

/** What Python says of one model and one image. */
export interface LensFacts extends Pictured {
  name: string;
  /** Number of blocks; layers go from -1 to one less. */
  layers: number;
  sizes: ReadingSizes;
  classes: ClassFacts;
  /** The superclass of each class: a place in `superclasses`; empty where there are none. */
  superclassOf: readonly number[];
  superclasses: readonly { name: string; emoji: string }[];
  /** What can be chosen here. */
  modes: readonly string[];
  lenses: readonly string[];
  norms: readonly string[];
  /** Length of each token's vector, [row, token]; the embedding is row 0. */
  tokenNorms: Float32Array;
  /** 1 for patches of outlying length, [row, token]. */
  artifacts: Uint8Array;
  /** What the model itself answers, the likeliest first. */
  output: readonly { target: number; probability: number }[];
  truth: readonly TrueObject[];
  /** What the lens that the view opens with reads. */
  opening: { lens: string; norm: string; readings: Readings };
  /** Classes whose maps can be had; empty: all. */
  readable: readonly number[];
  codeFrame: LensState["code_frame"];
}

/** Names of the state that belongs to Python, in every lens. */
export const FACT_NAMES = [
  "model_name",
  "n_layers",
  "n_tokens",
  "grid",
  "prefix_tokens",
  "picture",
  ...CLASS_NAMES,
  "lenses",
  "norms",
  "token_norms",
  "artifacts",
  "output_classes",
  "output_probabilities",
  "truth",
  "opening",
  "readable_classes",
  "code_frame",
] as const satisfies readonly Exclude<keyof LensState, LensWritable>[];

export const SETTING_NAMES = [
  "layer",
  "token",
  "mode",
  "heat",
  "target",
  "versus",
  "lens",
  "norm",
  "show_norms",
  "mask",
  "history",
  "undone",
] as const satisfies readonly LensWritable[];

/** @param modes that this lens offers
 * @param kinds of its classes, where they are of kinds
 */
export function readFacts(
  said: Pick<LensState, (typeof FACT_NAMES)[number]>,
  modes: readonly Mode[],
  kinds?: KindState,
): LensFacts {
  const sizes = { rows: said.n_layers + 1, tokens: said.n_tokens };
  const probabilities = decode("output_probabilities", said.output_probabilities);
  const output = decode("output_classes", said.output_classes);
  const { lens, norm } = said.opening;
  return {
    ...readPictured(said),
    name: said.model_name,
    layers: said.n_layers,
    sizes,
    classes: readClasses(said),
    superclassOf: kinds?.class_superclasses ?? [],
    superclasses: kinds?.superclasses ?? [],
    modes,
    lenses: said.lenses,
    norms: said.norms,
    tokenNorms: decode("token_norms", said.token_norms),
    artifacts: decode("artifacts", said.artifacts),
    output: [...output].map((target, at) => ({
      target,
      probability: probabilities[at] ?? 0,
    })),
    truth: said.truth.map(readObject),
    opening: { lens, norm, readings: readingsFromState(said.opening, sizes) },
    readable: said.readable_classes,
    codeFrame: said.code_frame,
  };
}

function readObject(said: LensState["truth"][number]): TrueObject {
  const [rows = 0, columns = 0] = said.mask.shape;
  const mask = decode("mask", said.mask);
  return { name: said.name, classes: said.classes, rows, columns, mask };
}
