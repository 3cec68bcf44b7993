import { element } from "../../../core/dom";
import { buttonRow } from "../../../core/view/button_row";
import type { Lens } from "../lens";
import { OVERVIEW_WORDS as WORDS } from "./words";

/** Whether all cells are on show, or they are large enough for emoji and one scrolls. It
 * belongs to the person who looks, not to the state of the lens. */
export function cellSwitch(
  { scope }: Lens,
  choose: (wide: boolean) => void,
): { root: HTMLElement } {
  const make = (text: string, wide: boolean) => {
    const button = element("button.vw-button", [text]);
    button.setAttribute("aria-pressed", String(!wide));
    scope.listen(button, "click", () => {
      for (const each of buttons) {
        each.setAttribute("aria-pressed", String(each === button));
      }
      choose(wide);
    });
    return button;
  };
  const buttons = [make(WORDS.sizes.all, false), make(WORDS.sizes.large, true)];
  return { root: buttonRow(WORDS.size, buttons) };
}
