import { CopyButton } from "../../core/copy_button";
import { element, setAria } from "../../core/dom";
import { messageOf } from "../../core/requests";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { WORDS } from "./words";

/** Back and next; after the last step the summary to hand in. */
export function footPanel(lesson: Lesson): Panel<string> {
  const back = element("button.vw-button", [WORDS.back]);
  const next = element("button.vw-button.vw-next", [WORDS.next]);
  const show = element("button.vw-button", [WORDS.summary]);
  const text = element("pre.vw-summary", { hidden: "", tabindex: "0" });
  const copy = new CopyButton(lesson.scope, () => text.textContent ?? "", {
    label: WORDS.copy,
    done: WORDS.copied,
    byHand: WORDS.byHand,
  });
  const row = element("div.vw-foot", [back, next, show, copy.root]);
  const root = element("div", [row, text, copy.box]);
  const go = (by: number) => {
    const step = lesson.step + by;
    if (step >= 0 && step < lesson.titles.length) lesson.ask("go", { step });
  };
  const { scope } = lesson;
  scope.listen(back, "click", () => go(-1));
  scope.listen(next, "click", () => go(1));
  scope.listen(show, "click", async () => {
    try {
      text.textContent = await lesson.summary();
      text.hidden = false;
      copy.root.hidden = false;
    } catch (error) {
      if (!scope.disposed) lesson.alert(messageOf(error));
    }
  });
  return {
    root,
    update() {
      setAria(back, "disabled", lesson.step === 0);
      setAria(next, "disabled", lesson.step + 1 === lesson.titles.length);
      copy.root.hidden = text.hidden;
    },
  };
}
