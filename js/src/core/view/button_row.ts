import { element, group, UNHEARD } from "../dom";

/** Buttons beside each other that choose one thing, and its name before them. */
export function buttonRow(
  label: string,
  buttons: readonly HTMLButtonElement[],
): HTMLElement {
  return element("div.vw-control", [
    element("span.vw-label", UNHEARD, [label]),
    group("div.vw-switch", label, buttons),
  ]);
}
