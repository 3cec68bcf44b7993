import { element } from "../dom";

/** Buttons beside each other that choose one thing, and its name before them. */
export function buttonRow(
  label: string,
  buttons: readonly HTMLButtonElement[],
): HTMLElement {
  const group = { class: "vw-switch", role: "group", "aria-label": label };
  return element("div", { class: "vw-control" }, [
    element("span", { class: "vw-label", "aria-hidden": "true" }, [label]),
    element("div", group, buttons),
  ]);
}
