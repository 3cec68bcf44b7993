import { element, UNHEARD } from "../../../core/dom";
import { VIEW_WORDS } from "../../../core/view/words";
import { StrengthControl } from "../edits/strength_control";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** How strongly the next edit acts. */
export function strengthChoice(view: Patcher) {
  const { scope, settings } = view;
  const control = new StrengthControl(scope, WORDS.strength, {
    moved: (strength) => settings.set("strength", strength),
    settled: () => view.act(VIEW_WORDS.change, { strength: settings.get("strength") }),
  });
  return {
    root: element("div.vw-control", [
      element("span.vw-label", UNHEARD, [WORDS.strength]),
      control.root,
      control.trouble,
    ]),
    update() {
      control.update(settings.get("kind"), settings.get("strength"));
    },
  };
}
