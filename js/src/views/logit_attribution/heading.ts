import { element } from "../../core/dom";

/** What a panel shows, and what one can do there. */
export function heading(title: string, hint: string): HTMLElement {
  return element("div.vw-heading", [
    element("span.vw-strong", [title]),
    " ",
    element("span.vw-muted", [hint]),
  ]);
}
