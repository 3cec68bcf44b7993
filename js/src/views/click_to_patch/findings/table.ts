import { element } from "../../../core/dom";

type Cell = string | HTMLElement;

/** A table that fits: what is too wide scrolls inside it. The first cell of a row names
 * the row. */
export function table(
  caption: string,
  columns: readonly string[],
  rows: readonly (readonly Cell[])[],
): HTMLElement {
  const head = columns.map((name) => element("th", { scope: "col" }, [name]));
  const body = rows.map(([name = "", ...cells]) =>
    element("tr", [
      element("th", { scope: "row" }, [name]),
      ...cells.map((cell) => element("td", [cell])),
    ]),
  );
  const made = element("table.vw-table", { "aria-label": caption }, [
    element("thead", [element("tr", head)]),
    element("tbody", body),
  ]);
  // Focus lets keys scroll it.
  return element("div.vw-table-frame", { tabindex: "0" }, [made]);
}
