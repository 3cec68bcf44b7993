import { element, setAria, setText } from "../../core/dom";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { WORDS } from "./words";

/** All steps as small buttons: where one is, what is answered. */
export function stepsPanel(lesson: Lesson): Panel<string> {
  const buttons = lesson.titles.map((title, step) => {
    const button = element("button.vw-button.vw-step", { title }, [String(step + 1)]);
    lesson.scope.listen(button, "click", () => lesson.ask("go", { step }));
    return button;
  });
  const root = element("nav.vw-steps", { "aria-label": WORDS.steps }, buttons);
  return {
    root,
    update() {
      for (const [step, button] of buttons.entries()) {
        const done = lesson.progress[step];
        const solved = done?.solved ?? false;
        const said = solved ? WORDS.solved : done?.seen ? WORDS.seen : "";
        const title = lesson.titles[step] ?? "";
        setAria(button, "label", WORDS.stepName(step + 1, title, said));
        if (step === lesson.step) setAria(button, "current", "step");
        else button.removeAttribute("aria-current");
        button.classList.toggle("vw-solved", solved);
        button.classList.toggle("vw-seen", done?.seen ?? false);
        setText(button, solved ? `${step + 1} ✓` : String(step + 1));
      }
    },
  };
}
