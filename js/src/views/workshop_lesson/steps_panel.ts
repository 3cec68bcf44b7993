import { element, setAria, setText } from "../../core/dom";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { WORDS } from "./words";

/** All steps as small buttons, where one is and what is answered, between back and
 * next. */
export function stepsPanel(lesson: Lesson): Panel<string> {
  const { scope, titles } = lesson;
  const back = element("button.vw-button", [WORDS.back]);
  const next = element("button.vw-button.vw-next", [WORDS.next]);
  const buttons = titles.map((title, step) => {
    const button = element("button.vw-button.vw-step", { title }, [String(step + 1)]);
    scope.listen(button, "click", () => lesson.ask("go", { step }));
    return button;
  });
  const steps = element("nav.vw-steps", { "aria-label": WORDS.steps }, buttons);
  const root = element("div.vw-foot", [back, steps, next]);
  const go = (by: number) => {
    const step = lesson.step + by;
    if (step >= 0 && step < titles.length) lesson.ask("go", { step });
  };
  scope.listen(back, "click", () => go(-1));
  scope.listen(next, "click", () => go(1));
  return {
    root,
    update() {
      setAria(back, "disabled", lesson.step === 0);
      setAria(next, "disabled", lesson.step + 1 === titles.length);
      for (const [step, button] of buttons.entries()) {
        const done = lesson.progress[step];
        const solved = done?.solved ?? false;
        const said = solved ? WORDS.solved : done?.seen ? WORDS.seen : "";
        const title = titles[step] ?? "";
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
