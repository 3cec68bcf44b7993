import { CopyButton } from "../copy_button";
import type { Scope } from "../dispose";
import { element, group } from "../dom";
import { belongsOutside } from "../keyboard";
import { Help, type HelpText } from "./help";
import { VIEW_WORDS as WORDS } from "./words";

interface BarParts {
  /** What the controls are for, to a screen reader. */
  label: string;
  /** A view's own switches and buttons, in order. */
  controls: readonly HTMLElement[];
  undo: HTMLElement;
  /** Python that makes what is seen. */
  code: () => string;
  help: HelpText;
  /** What letters do, wherever focus is inside the view. */
  keys: Readonly<Record<string, () => void>>;
}

/** A view's controls in a row; after its own come undo, "Copy as Python" and the help,
 * which "?" opens too and Escape closes. */
export function controlBar(
  scope: Scope,
  view: HTMLElement,
  { label, controls, undo, code, help: text, keys }: BarParts,
): HTMLElement {
  const help = new Help(scope, text);
  const copy = new CopyButton(scope, code, {
    label: WORDS.copy,
    done: WORDS.copied,
    byHand: WORDS.copyByHand,
  });
  const acts: BarParts["keys"] = { ...keys, "?": () => help.toggle() };
  scope.listen(view, "keydown", (event) => {
    if (event.key === "Escape") {
      help.close();
      copy.closeBox();
    }
    if (!belongsOutside(event)) acts[event.key.toLowerCase()]?.();
  });
  return element("div.vw-controls-and-help", [
    group("div.vw-controls", label, [...controls, undo, copy.root, help.button]),
    help.box,
    copy.box,
  ]);
}
