import { element } from "../../core/dom";

/** What a panel shows, and what one can do there. */
export function heading(title: string, hint: string): HTMLElement {
  return element("div", { class: "vw-heading" }, [
    element("span", { class: "vw-strong" }, [title]),
    " ",
    element("span", { class: "vw-muted" }, [hint]),
  ]);
}
