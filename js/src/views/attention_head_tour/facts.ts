import type { AnyModel } from "@anywidget/types";
import type { Quantised, Sizes } from "../../core/attention";
import { decode } from "../../core/codec";
import { PatchGrid } from "../../core/grid";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";

export type TourModel = AnyModel<AttentionHeadTourState>;
export type Settings = Pick<AttentionHeadTourState, AttentionHeadTourWritable>;

/** What Python says of model and image; it doesn't change while a view is open. */
export interface Facts {
  name: string;
  sizes: Sizes;
  grid: PatchGrid;
  /** What the model saw: red, green, blue of each pixel. */
  picture: { rows: number; columns: number; values: Uint8Array };
  opening: Quantised & { query: number; direction: Settings["direction"] };
  delivery: AttentionHeadTourState["delivery"];
  codeFrame: AttentionHeadTourState["code_frame"];
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
  "opening_codes",
  "opening_scales",
  "opening_query",
  "opening_direction",
  "delivery",
  "code_frame",
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
] as const satisfies readonly AttentionHeadTourWritable[];

export function readFacts(model: TourModel): Facts {
  const [rows, columns] = model.get("grid");
  const grid = new PatchGrid(rows, columns, model.get("prefix_tokens"));
  const tokens = model.get("n_tokens");
  if (grid.tokens !== tokens) {
    throw new Error(
      `n_tokens is ${tokens}, but ${grid.prefix} prefix tokens and ${rows} x ${columns} ` +
        `patches make ${grid.tokens}`,
    );
  }
  const picture = model.get("picture");
  const [pictureRows = 0, pictureColumns = 0] = picture.shape;
  return {
    name: model.get("model_name"),
    sizes: { layers: model.get("n_layers"), heads: model.get("n_heads"), tokens },
    grid,
    picture: {
      rows: pictureRows,
      columns: pictureColumns,
      values: decode("picture", picture),
    },
    opening: {
      query: model.get("opening_query"),
      direction: model.get("opening_direction"),
      codes: decode("opening_codes", model.get("opening_codes")),
      scales: decode("opening_scales", model.get("opening_scales")),
    },
    delivery: model.get("delivery"),
    codeFrame: model.get("code_frame"),
  };
}

const CHOICES: Readonly<Partial<Record<AttentionHeadTourWritable, readonly string[]>>> =
  {
    direction: ["row", "column"],
    scale: ["linear", "log"],
    maximum: ["head", "shared"],
  };

/** Throw when a setting (from Python, or linked from another view) can't be shown. */
export function checkSetting(
  sizes: Sizes,
  name: AttentionHeadTourWritable,
  value: unknown,
): void {
  const choices = CHOICES[name];
  if (choices) {
    if (choices.includes(value as string)) return;
    throw new Error(`${name} is ${choices.join(" or ")}, not ${String(value)}`);
  }
  const size = { layer: sizes.layers, head: sizes.heads, query: sizes.tokens }[
    name as "layer" | "head" | "query"
  ];
  if (Number.isInteger(value) && (value as number) >= 0 && (value as number) < size) {
    return;
  }
  throw new Error(
    `${name} ${String(value)} doesn't exist: this model has 0 to ${size - 1}`,
  );
}
