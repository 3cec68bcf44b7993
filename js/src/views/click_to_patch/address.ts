import type { PatchGrid } from "../../core/grid";
import type { Settings } from "./facts";

/** A part of a model that can be edited. */
export interface Place {
  layer: number;
  /** Of a head or a part of one, else null. */
  head: number | null;
  /** A site, or a part of heads. */
  what: string;
}

/** "L3.H1": all that head 1 of block 3 gives out. */
export function headAddress(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

/** "L3.H1.q", or "L3.H1" for z, which is what a head gives out. */
export function partAddress(
  layer: number,
  head: number,
  part: Settings["part"],
): string {
  const address = headAddress(layer, head);
  return part === "z" ? address : `${address}.${part}`;
}

/** "L3.resid_pre", or "L3.MLP" for what an MLP gives out. */
export function siteAddress(layer: number, site: Settings["site"]): string {
  return site === "mlp_out" ? `L${layer}.MLP` : `L${layer}.${site}`;
}

/** What an address names; null for what is none.
 *
 * `what` is one of the words of `available`, or, for parts that no grid shows (a neuron),
 * whatever the address says.
 */
export function placeOf(address: string): Place | null {
  const [, layer, rest = ""] = /^L(\d+)\.(.+)$/.exec(address) ?? [];
  if (layer === undefined) return null;
  const [, head, part = "z"] = /^H(\d+)(?:\.(\w+))?$/.exec(rest) ?? [];
  if (head !== undefined) {
    return { layer: Number(layer), head: Number(head), what: part };
  }
  return { layer: Number(layer), head: null, what: rest === "MLP" ? "mlp_out" : rest };
}

/** What a token is called in an edit: "cls" or "(4,9)". */
export function tokenLabel(grid: PatchGrid, token: number): string {
  if (!grid.isPatch(token)) return grid.prefixNames[token] ?? "";
  const { row, column } = grid.place(token);
  return `(${row},${column})`;
}

/** The token of a label; null where this picture has none such. */
export function tokenOfLabel(grid: PatchGrid, label: string): number | null {
  const prefix = grid.prefixNames.indexOf(label);
  if (prefix >= 0) return prefix;
  const [, row, column] = /^\((\d+),(\d+)\)$/.exec(label) ?? [];
  if (row === undefined || column === undefined) return null;
  const isInside = Number(row) < grid.rows && Number(column) < grid.columns;
  return isInside ? grid.token(Number(row), Number(column)) : null;
}
