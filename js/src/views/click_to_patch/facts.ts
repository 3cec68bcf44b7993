import type { AnyModel } from "@anywidget/types";
import { tokenLabel } from "../../core/address";
import {
  CLASS_NAMES,
  type ClassFacts,
  className,
  readClasses,
} from "../../core/classes/class_facts";
import { decode } from "../../core/codec";
import { type Picture, type Pictured, readPictured } from "../../core/picture/pictured";
import type {
  ClickToPatchState,
  ClickToPatchWritable,
  Donor as SaidDonor,
} from "../../core/state.gen";
import { softmax, strongestIndex } from "./softmax";

export type PatcherModel = AnyModel<ClickToPatchState>;
export type Settings = Pick<ClickToPatchState, ClickToPatchWritable>;

/** Where the present settings are read. */
export interface SettingsReader {
  get<Name extends keyof Settings>(name: Name): Settings[Name];
}

/** An image that values may be taken from. */
export interface Donor extends SaidDonor {
  /** Logits of the donor, nothing edited. */
  readonly values: Float32Array;
  /** Index of the largest. */
  readonly top: number;
  /** Its probability. */
  readonly share: number;
  readonly pixels: Picture;
}

/** What Python says; it doesn't change while a view is open. */
export interface Facts extends Pictured {
  name: string;
  layers: number;
  heads: number;
  tokens: number;
  /** What each token is called in an edit, in their order. */
  labels: readonly string[];
  classes: ClassFacts;
  /** Of the clean image, nothing edited. */
  logits: Float32Array;
  /** Its likeliest class. */
  top: number;
  donors: readonly Donor[];
  /** Sites and parts of heads that this model has. */
  available: readonly string[];
  /** No kernel is behind this page: it answers what it holds, at once. */
  saved: boolean;
  codeFrame: ClickToPatchState["code_frame"];
}

/** Names of the state that belongs to Python: when one of them changes, the view starts
 * again. Long work and what it finds change while a view is open. */
export const FACT_NAMES = [
  "model_name",
  "n_layers",
  "n_heads",
  "n_tokens",
  "grid",
  "prefix_tokens",
  "picture",
  ...CLASS_NAMES,
  "logits",
  "donors",
  "available",
  "saved",
  "code_frame",
] as const satisfies readonly Exclude<keyof ClickToPatchState, ClickToPatchWritable>[];

export const SETTING_NAMES = [
  "interventions",
  "source",
  "kind",
  "strength",
  "grid_shown",
  "layer",
  "site",
  "part",
  "target",
  "metric",
  "direction",
  "marked",
  "history",
  "undone",
] as const satisfies readonly ClickToPatchWritable[];

/** The name of a class. */
export function nameOf({ classes }: Pick<Facts, "classes">, index: number): string {
  return className(classes, index);
}

/** Those of named sites or parts of heads that this model has. */
export function availableOf<Names extends object>(
  { available }: Facts,
  names: Names,
): Partial<Names> {
  const has = ([name]: [string, unknown]) => available.includes(name);
  return Object.fromEntries(Object.entries(names).filter(has)) as Partial<Names>;
}

/** @throws when what Python says doesn't fit together */
export function readFacts(model: PatcherModel): Facts {
  const said = Object.fromEntries(FACT_NAMES.map((name) => [name, model.get(name)]));
  const state = said as unknown as ClickToPatchState;
  const pictured = readPictured(state);
  const logits = decode("logits", state.logits);
  return {
    name: state.model_name,
    layers: state.n_layers,
    heads: state.n_heads,
    tokens: state.n_tokens,
    labels: Array.from({ length: state.n_tokens }, (_, token) =>
      tokenLabel(pictured.grid, token),
    ),
    classes: readClasses(state),
    logits,
    top: strongestIndex(logits),
    donors: state.donors.map((donor) => readDonor(donor, pictured.picture)),
    available: state.available,
    saved: state.saved,
    codeFrame: state.code_frame,
    ...pictured,
  };
}

function readDonor(said: SaidDonor, clean: Picture): Donor {
  const [rows = 0, columns = 0] = said.picture.shape;
  if (rows !== clean.rows || columns !== clean.columns) {
    throw new Error(
      `the picture of donor ${said.name} has ${rows} x ${columns} pixels, the clean ` +
        `one ${clean.rows} x ${clean.columns}`,
    );
  }
  const values = decode(`logits of donor ${said.name}`, said.logits);
  const pixels = decode(`picture of donor ${said.name}`, said.picture);
  const top = strongestIndex(values);
  return {
    ...said,
    values,
    top,
    share: softmax(values)[top] ?? 0,
    pixels: { rows, columns, values: pixels },
  };
}
