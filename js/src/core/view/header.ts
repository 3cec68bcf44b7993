import { element } from "../dom";

/** A view's first line: what is shown, how the kernel does, and the controls. */
export function viewHeader(
  title: { name: string; size: string; badge: HTMLElement },
  controls: HTMLElement,
): HTMLElement {
  const line = element("div", { class: "vw-title" }, [
    element("span", { class: "vw-strong" }, [title.name]),
    " ",
    element("span", { class: "vw-muted" }, [title.size]),
    title.badge,
  ]);
  return element("div", { class: "vw-header" }, [line, controls]);
}
