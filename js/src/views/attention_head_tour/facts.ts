import type { AnyModel } from "@anywidget/types";
import type { Quantised, Sizes } from "../../core/attention";
import { decode } from "../../core/codec";
import { type Pictured, readPictured } from "../../core/picture/pictured";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
  TourSide,
} from "../../core/state.gen";

export type TourModel = AnyModel<AttentionHeadTourState>;
export type Settings = Pick<AttentionHeadTourState, AttentionHeadTourWritable>;
export type Shown = Settings["shown"];

/** What Python says of one model and one image; it doesn't change while a view is open. */
export interface Facts extends Pictured {
  name: string;
  sizes: Sizes;
  opening: Quantised & { query: number; direction: Settings["direction"] };
  delivery: TourSide["delivery"];
}

/** What Python says of the whole view. */
export interface TourFacts {
  offered: readonly Shown[];
  codeFrame: AttentionHeadTourState["code_frame"];
  /** Bytes of attention of each kind that the page keeps, where not all of it fits. */
  payloadBudget: number;
}

const SIDE_NAMES = [
  "model_name",
  "n_layers",
  "n_heads",
  "n_tokens",
  "grid",
  "prefix_tokens",
  "picture",
  "opening_codes",
  "opening_scales",
  "opening_query",
  "opening_direction",
  "delivery",
] as const satisfies readonly (keyof TourSide)[];

/** Names of the state that belongs to Python: when one of them changes, the view starts
 * again. */
export const FACT_NAMES = [
  ...SIDE_NAMES,
  "compared",
  "offered",
  "code_frame",
  "payload_budget",
] as const satisfies readonly Exclude<
  keyof AttentionHeadTourState,
  AttentionHeadTourWritable
>[];

export const SETTING_NAMES = [
  "layer",
  "head",
  "query",
  "direction",
  "scale",
  "maximum",
  "shown",
  "region",
  "pins",
  "large",
  "sort",
  "search",
  "selection",
  "side",
  "stops",
  "stop",
  "history",
  "undone",
] as const satisfies readonly AttentionHeadTourWritable[];

/** The facts of the model and image on show, and of those that they are compared with. */
export function readSides(model: TourModel): Facts[] {
  const own = Object.fromEntries(SIDE_NAMES.map((name) => [name, model.get(name)]));
  return [own as unknown as TourSide, ...model.get("compared")].map(readSide);
}

export function readTourFacts(model: TourModel): TourFacts {
  return {
    offered: model.get("offered") as Shown[],
    codeFrame: model.get("code_frame"),
    payloadBudget: model.get("payload_budget"),
  };
}

function readSide(side: TourSide): Facts {
  return {
    name: side.model_name,
    sizes: { layers: side.n_layers, heads: side.n_heads, tokens: side.n_tokens },
    ...readPictured(side),
    opening: {
      query: side.opening_query,
      direction: side.opening_direction,
      codes: decode("opening_codes", side.opening_codes),
      scales: decode("opening_scales", side.opening_scales),
    },
    delivery: side.delivery,
  };
}
