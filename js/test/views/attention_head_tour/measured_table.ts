import type { Answer } from "../../../src/core/requests";
import {
  type HeadTable,
  tableFrom,
} from "../../../src/views/attention_head_tour/finder/head_table";

/** Two layers of three heads. */
export const SIZES = { layers: 2, heads: 3, tokens: 5 };

const TYPES = [
  ["corner", "corner 0.83", "border 0.41"],
  ["same row", "same row 0.61", ""],
  ["offset (0,-1)", "offset (0,-1) 0.90", "same row 0.22"],
  ["corner", "corner 0.55", "CLS reader 0.30"],
  ["mixed", "mixed", "corner 0.20"],
  ["same column", "same column 0.70", "sink 0.10"],
] as const;

const COLUMNS = [
  ["entropy", "entropy", [3, 1, 2, 3, Number.NaN, 0]],
  ["mean_distance", "mean distance", [5, 4, 1, 2, 0, Number.NaN]],
  ["corner_mass", "corner", [0.83, 0.1, 0, 0.55, 0.2, 0.1]],
  ["logit_change", "logit without it", [-0.42, 0.1, 0, -3, 1, 0]],
  ["logit_change_ci95", "margin of it", [0.05, 0.1, Number.NaN, 0.2, 0.1, 0.1]],
] as const;

/** What the kernel answers about them. */
export function measured(): Answer {
  const types = TYPES.map(([type, evidence, runner_up]) => ({
    type,
    evidence,
    runner_up,
  }));
  const result = {
    columns: COLUMNS.map(([name, title]) => ({ name, title, help: `help: ${title}` })),
    types: [types.slice(0, 3), types.slice(3)],
    over: "256 scenes",
  };
  const values = Float32Array.from(COLUMNS.flatMap(([, , numbers]) => numbers));
  const shape = [COLUMNS.length, SIZES.layers, SIZES.heads];
  return { result, arrays: [{ name: "values", dtype: "float32", shape, values }] };
}

export function measuredTable(): HeadTable {
  const table = tableFrom(measured(), SIZES);
  if (!table) throw new Error("there is a table");
  return table;
}
