import {
  headAddress,
  partAddress,
  siteAddress,
  tokenLabel,
} from "../../../core/address";
import type { Facts, SettingsReader } from "../facts";
import type { Pointed } from "../patcher";

/** A place in a grid. Column -1 is the name of a row of tokens: all of them. */
export interface Cell {
  row: number;
  column: number;
}

/** The column of the names of rows. */
export const WHOLE_ROW = -1;

/** What the cells of a grid stand for. */
export interface GridPlan {
  /** Of the same key, two plans are the same. */
  key: string;
  rows: number;
  columns: number;
  /** Columns are tokens; else they are heads, each at all tokens. */
  byToken: boolean;
  rowNames: readonly string[];
  /** Address of a cell's component, without its token. */
  address(cell: Cell): string;
  /** Labels of a cell's tokens; none for all. */
  tokens(cell: Cell): readonly string[];
}

export function planOf(
  settings: SettingsReader,
  { layers, heads, grid }: Pick<Facts, "layers" | "heads" | "grid">,
): GridPlan {
  const names = (letter: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${letter}${index}`);
  const byToken = {
    columns: grid.tokens,
    byToken: true,
    tokens: ({ column }: Cell) =>
      column === WHOLE_ROW ? [] : [tokenLabel(grid, column)],
  };
  switch (settings.get("grid_shown")) {
    case "heads":
      return {
        key: "heads",
        rows: layers,
        columns: heads,
        byToken: false,
        rowNames: names("L", layers),
        address: ({ row, column }) => headAddress(row, column),
        tokens: () => [],
      };
    case "tokens": {
      const site = settings.get("site");
      return {
        ...byToken,
        key: site,
        rows: layers,
        rowNames: names("L", layers),
        address: ({ row }) => siteAddress(row, site),
      };
    }
    case "head_tokens": {
      const [layer, part] = [settings.get("layer"), settings.get("part")];
      return {
        ...byToken,
        key: `${part} of ${layer}`,
        rows: heads,
        rowNames: names("H", heads),
        address: ({ row }) => partAddress(layer, row, part),
      };
    }
  }
}

/** A cell's number in the flattened grid. */
export function indexOf({ columns }: GridPlan, { row, column }: Cell): number {
  return row * columns + column;
}

export function cellOf({ columns }: GridPlan, index: number): Cell {
  return { row: Math.floor(index / columns), column: index % columns };
}

/** A cell's whole name: "L3.H1", "L3.resid_pre@(4,9)". */
export function nameOf(plan: GridPlan, cell: Cell): string {
  return [plan.address(cell), ...plan.tokens(cell)].join("@");
}

/** Where something that is pointed at lies in a grid: a cell, a row as a whole, or, where
 * only its token is in this grid, the token's column (row null). Null for nowhere. */
export function pointedPlace(
  plan: GridPlan,
  { address, tokens }: Pointed,
): { row: number | null; column: number } | null {
  const rows = Array.from({ length: plan.rows }, (_, row) => row);
  const columns = Array.from({ length: plan.columns }, (_, column) => column);
  if (!plan.byToken) {
    const cells = rows.flatMap((row) => columns.map((column) => ({ row, column })));
    return cells.find((cell) => plan.address(cell) === address) ?? null;
  }
  if (tokens.length > 1) return null;
  const [token] = tokens;
  const has = (column: number) => plan.tokens({ row: 0, column })[0] === token;
  const column = token === undefined ? WHOLE_ROW : columns.find(has);
  if (column === undefined) return null;
  const row = rows.find((each) => plan.address({ row: each, column }) === address);
  if (row !== undefined) return { row, column };
  return column === WHOLE_ROW ? null : { row: null, column };
}
