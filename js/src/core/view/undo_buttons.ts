import type { Scope } from "../dispose";
import { element, group, setAria, setText } from "../dom";
import { messageOf } from "../requests";
import type { Act } from "../state.gen";
import { VIEW_WORDS as WORDS } from "./words";

/** What the buttons need of the view's history. */
interface Undoing {
  readonly toUndo: Act | null;
  readonly toRedo: Act | null;
  undo(): Act | null;
  redo(): Act | null;
}

type Way = "undo" | "redo";

/** Two buttons, and their keys wherever focus is inside `view`.
 *
 * @param alert shows an error until the next act
 * @param changed called when something was undone or done again
 */
export function undoButtons(
  history: Undoing,
  view: HTMLElement,
  scope: Scope,
  alert: (message: string) => void,
  changed: () => void,
): { root: HTMLElement; update(): void } {
  const report = element("span.vw-hidden", { role: "status" });
  const go = (way: Way) => {
    try {
      const act = history[way]();
      changed();
      setText(report, act ? `${WORDS[way].done}: ${nameOf(act)}` : WORDS[way].none);
    } catch (error) {
      alert(WORDS.notPossible(WORDS[way].name, messageOf(error)));
    }
  };
  const undo = button("undo", "Control+Z Meta+Z");
  const redo = button("redo", "Control+Shift+Z Meta+Shift+Z Control+Y");
  scope.listen(undo, "click", () => go("undo"));
  scope.listen(redo, "click", () => go("redo"));
  scope.listen(view, "keydown", (event) => {
    const way = wayOf(event);
    if (!way) return;
    // The notebook would undo a change of its own.
    event.stopPropagation();
    if (isText(event.target)) return; // a text undoes its typing itself
    event.preventDefault();
    go(way);
  });
  const both = group("div.vw-switch", WORDS.undoAndRedo, [undo, redo]);
  return {
    root: element("div", [both, report]),
    update() {
      describe(undo, "undo", history.toUndo);
      describe(redo, "redo", history.toRedo);
    },
  };
}

/** What a key does, if it is one of ours. */
export function wayOf(
  event: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">,
): Way | null {
  if (event.altKey || event.ctrlKey === event.metaKey) return null;
  const key = event.key.toLowerCase();
  if (key === "z") return event.shiftKey ? "redo" : "undo";
  return key === "y" && event.ctrlKey && !event.shiftKey ? "redo" : null;
}

function button(way: Way, keys: string): HTMLButtonElement {
  const attributes = {
    class: "vw-button vw-undo-button",
    "aria-keyshortcuts": keys,
  };
  return element("button", attributes, [WORDS[way].label]);
}

function describe(target: HTMLButtonElement, way: Way, act: Act | null): void {
  const text = act ? `${WORDS[way].name}: ${nameOf(act)}` : WORDS[way].none;
  if (target.title === text) return;
  target.title = text;
  setAria(target, "label", text);
  // Not `disabled`: focus would fall out of the view, and the keys with it.
  setAria(target, "disabled", act === null);
}

function nameOf({ verb, address }: Act): string {
  return `${verb} ${address}`.trim();
}

function isText(target: EventTarget | null): boolean {
  const text = "textarea, input:not([type=range])";
  return target instanceof Element && target.matches(text);
}
