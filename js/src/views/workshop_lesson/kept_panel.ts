import { element, setText } from "../../core/dom";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { WORDS } from "./words";

/** What there is to know of kept progress: that one goes on, or why nothing is kept. */
export function keptNote(lesson: Lesson): Panel<string> {
  const root = element("p.vw-progress-said", { role: "status" });
  return {
    root,
    update() {
      root.hidden = lesson.kept.said === "";
      setText(root, lesson.kept.said);
    },
  };
}

/** Where progress is kept, and beginning anew, which is asked about once. */
export function keptPanel(lesson: Lesson): Panel<string> {
  const file = element("span.vw-muted");
  const over = element("button.vw-button", [WORDS.startOver]);
  const yes = element("button.vw-button", [WORDS.doStartOver]);
  const no = element("button.vw-button", [WORDS.dontStartOver]);
  const question = element("span");
  const sure = element("div.vw-foot.vw-sure", { hidden: "" }, [question, yes, no]);
  const root = element("div", [element("div.vw-foot", [over, file]), sure]);
  const ask = (asked: boolean) => {
    sure.hidden = !asked;
    (asked ? no : over).focus();
  };
  const { scope } = lesson;
  scope.listen(over, "click", () => ask(true));
  scope.listen(no, "click", () => ask(false));
  scope.listen(yes, "click", () => {
    ask(false);
    lesson.ask("start_over");
  });
  return {
    root,
    update() {
      const { kept } = lesson;
      file.hidden = kept.file === "";
      setText(file, WORDS.keptIn(kept.file));
      over.hidden = !kept.begun;
      setText(question, WORDS.askOver(kept.file));
      if (!kept.begun) sure.hidden = true;
    },
  };
}
