import type { Scope } from "../dispose";
import { element } from "../dom";
import { shieldKeys } from "../keyboard";

/** A box in which one of a few values is chosen. */
export function selectBox(
  scope: Scope,
  options: readonly (readonly [value: string, text: string])[],
  chosen: (value: string) => void,
  attributes: Readonly<Record<string, string>> = {},
): HTMLSelectElement {
  const made = options.map(([value, text]) => element("option", { value }, [text]));
  const box = element("select.vw-select", attributes, made);
  scope.listen(box, "change", () => chosen(box.value));
  // A letter finds a value there, and is the view's command everywhere else.
  shieldKeys(box, scope);
  return box;
}
