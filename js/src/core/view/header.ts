import { element } from "../dom";

/** A view's first line: what is shown, how the kernel does, and the controls. */
export function viewHeader(
  title: { name: string; size: string; badge: HTMLElement },
  controls: HTMLElement,
): HTMLElement {
  const line = element("div.vw-title", [
    element("span.vw-strong", [title.name]),
    " ",
    element("span.vw-muted", [title.size]),
    title.badge,
  ]);
  return element("div.vw-header", [line, controls]);
}
