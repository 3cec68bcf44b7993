import { CopyButton } from "../../core/copy_button";
import { element } from "../../core/dom";
import { messageOf } from "../../core/requests";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { WORDS } from "./words";

/** The summary to hand in, once it is asked for. */
export function summaryPanel(lesson: Lesson): Panel<string> {
  const show = element("button.vw-button", [WORDS.summary]);
  const text = element("pre.vw-summary", { hidden: "", tabindex: "0" });
  const { scope } = lesson;
  const copy = new CopyButton(scope, () => text.textContent ?? "", {
    label: WORDS.copy,
    done: WORDS.copied,
    byHand: WORDS.byHand,
  });
  const row = element("div.vw-foot", [show, copy.root]);
  const root = element("div", [row, text, copy.box]);
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
      copy.root.hidden = text.hidden;
    },
  };
}
