import { element } from "../../core/dom";
import type { PatchGrid } from "../../core/grid";
import type { Layout } from "./overview_layout";
import { OVERVIEW_WORDS as WORDS } from "./words";

/** Pixels that a name takes. */
const ROOM = 38;

/** Names over the columns: of prefix tokens, and where each row of patches begins; only
 * those that have room. */
export function tokenNames(grid: PatchGrid, { width }: Layout): HTMLElement[] {
  const starts = Array.from({ length: grid.rows }, (_, row) => ({
    token: grid.token(row, 0),
    name: WORDS.row(row),
  }));
  const prefix = grid.prefixNames.map((name, token) => ({ token, name }));
  const names: HTMLElement[] = [];
  let free = 0;
  for (const { token, name } of [...prefix, ...starts]) {
    const left = token * width;
    if (left < free) continue;
    const span = element("span", [name]);
    span.style.left = `${left}px`;
    names.push(span);
    free = left + ROOM;
  }
  return names;
}
