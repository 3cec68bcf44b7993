import type { PatchGrid } from "./grid";

/** A part of a model that can be edited, as its address says it. */
export interface Addressed {
  layer: number;
  /** Of a head or a part of one, else null. */
  head: number | null;
  /** "q" of a head, or "" for what it gives out; else "MLP" or a site such as
   * "resid_pre". */
  part: string;
}

const ADDRESS = /^L(\d+)\.(?:H(\d+)(?:\.(\w+))?|(.+))$/;
const PATCH = /^\((\d+),(\d+)\)$/;

/** What an address such as "L3.H1.q" or "L3.MLP" says; null for what is none.
 *
 * Whether a model has that part is another question.
 */
export function parseAddress(address: string): Addressed | null {
  const [, layer, head, part = "", other] = ADDRESS.exec(address) ?? [];
  if (layer === undefined) return null;
  return other === undefined
    ? { layer: Number(layer), head: Number(head), part }
    : { layer: Number(layer), head: null, part: other };
}

/** "L3.H1": all that head 1 of block 3 gives out. */
export function headAddress(layer: number, head: number): string {
  return `L${layer}.H${head}`;
}

/** "L3.H1.q", or "L3.H1" for z, which is what a head gives out. */
export function partAddress(layer: number, head: number, part: string): string {
  const address = headAddress(layer, head);
  return part === "z" ? address : `${address}.${part}`;
}

/** "L3.resid_pre", or "L3.MLP" for what an MLP gives out. */
export function siteAddress(layer: number, site: string): string {
  return `L${layer}.${site === "mlp_out" ? "MLP" : site}`;
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
  const [, row, column] = PATCH.exec(label) ?? [];
  const token = grid.token(Number(row), Number(column));
  return token < grid.tokens && tokenLabel(grid, token) === label ? token : null;
}
