import type { AnyModel } from "@anywidget/types";
import {
  CLASS_NAMES,
  type ClassFacts,
  readClasses,
} from "../../core/classes/class_facts";
import { decode } from "../../core/codec";
import { type Pictured, readPictured } from "../../core/picture/pictured";
import type {
  AttributionChoice,
  LogitAttributionState,
  LogitAttributionWritable,
} from "../../core/state.gen";

export type AttributionModel = AnyModel<LogitAttributionState>;
export type Settings = Pick<LogitAttributionState, LogitAttributionWritable>;
export type Measure = Settings["measure"];

/** What Python says; it doesn't change while a view is open. */
export interface Facts extends Pictured {
  name: string;
  layers: number;
  heads: number;
  tokens: number;
  classes: ClassFacts;
  /** The model's own likeliest classes. */
  output: { classes: Uint16Array; probabilities: Float32Array };
  /** What a saved page can be asked for; empty: anything. */
  readable: readonly AttributionChoice[];
  codeFrame: LogitAttributionState["code_frame"];
}

/** Names of the state that belongs to Python: when one of them changes, the view starts
 * again. */
export const FACT_NAMES = [
  "model_name",
  "n_layers",
  "n_heads",
  "n_tokens",
  "grid",
  "prefix_tokens",
  "picture",
  ...CLASS_NAMES,
  "output_classes",
  "output_probabilities",
  "readable",
  "code_frame",
] as const satisfies readonly Exclude<
  keyof LogitAttributionState,
  LogitAttributionWritable
>[];

export const SETTING_NAMES = [
  "target",
  "versus",
  "measure",
  "component",
  "history",
  "undone",
] as const satisfies readonly LogitAttributionWritable[];

export function readFacts(model: AttributionModel): Facts {
  const said = Object.fromEntries(FACT_NAMES.map((name) => [name, model.get(name)]));
  const state = said as unknown as LogitAttributionState;
  return {
    name: state.model_name,
    layers: state.n_layers,
    heads: state.n_heads,
    tokens: state.n_tokens,
    classes: readClasses(state),
    output: {
      classes: decode("output_classes", state.output_classes),
      probabilities: decode("output_probabilities", state.output_probabilities),
    },
    readable: state.readable,
    codeFrame: state.code_frame,
    ...readPictured(state),
  };
}
