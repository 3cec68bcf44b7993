import { element, setText } from "../../core/dom";
import { sameJson } from "../../core/json_values";
import type { LessonProgress, LessonStep } from "../../core/state.gen";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { blocksOf, inlineOf } from "./markdown";
import { WORDS } from "./words";

/** What is asked, the answers to choose from, what was said of the last try, hints. */
export function questionPanel(lesson: Lesson): Panel<string> {
  const ask = element("p.vw-ask");
  const choices = new Choices();
  const check = element("button.vw-button.vw-check", [WORDS.check]);
  const hint = element("button.vw-button");
  const again = element("button.vw-button", [WORDS.again]);
  const verdict = element("p.vw-tried", { role: "status" });
  const hints = element("div.vw-hints", { "aria-live": "polite" });
  const leftOut = element("p.vw-left-out.vw-muted");
  const buttons = element("div.vw-question-buttons", [check, hint, again]);
  const asked = element("div.vw-asked", [ask, choices.root, buttons, verdict, hints]);
  const root = element("section.vw-question", { "aria-label": WORDS.question }, [
    asked,
    leftOut,
  ]);
  const { scope } = lesson;
  scope.listen(check, "click", () => {
    const { chosen } = choices;
    if (lesson.shown.choices.length > 0 && chosen === null) {
      lesson.alert(WORDS.chooseFirst);
    } else lesson.ask("check", { choice: chosen ?? "" });
  });
  scope.listen(hint, "click", () => lesson.ask("hint"));
  scope.listen(again, "click", () => lesson.ask("go", { step: lesson.step }));
  return {
    root,
    update() {
      const { shown } = lesson;
      asked.hidden = shown.ask === "";
      leftOut.hidden = shown.left_out === "";
      root.hidden = asked.hidden && leftOut.hidden;
      setText(leftOut, WORDS.leftOut(shown.left_out.replace(/[.]$/, "")));
      ask.replaceChildren(...inlineOf(shown.ask));
      choices.draw(lesson.step, shown.choices);
      setText(check, lesson.busy ? WORDS.checking : WORDS.check);
      hint.hidden = shown.more_hints === 0;
      setText(hint, WORDS.hint(shown.more_hints));
      drawVerdict(verdict, lesson.progress[lesson.step], shown.judged);
      const told = shown.hints.map(
        (text, at) => `**${WORDS.hintTitle(at + 1)}**${text}`,
      );
      if (hints.childElementCount !== told.length || lesson.step !== stepOf(hints)) {
        hints.dataset.step = String(lesson.step);
        hints.replaceChildren(...blocksOf(told));
      }
    },
  };
}

function stepOf(hints: HTMLElement): number {
  return Number(hints.dataset.step ?? -1);
}

/** Say what became of the last try; once the step was begun again, only that there were
 * tries: the view shows something else by then. */
function drawVerdict(
  place: HTMLElement,
  done: LessonProgress | undefined,
  judged: boolean,
): void {
  // As `progress.py` writes it.
  const last = done?.tries.at(-1) as { right: boolean; said: string } | undefined;
  place.hidden = !last;
  if (!done || !last) return;
  const tries = WORDS.tries(done.count);
  place.classList.toggle("vw-judged", judged);
  place.classList.toggle("vw-muted", !judged);
  place.classList.toggle("vw-right", judged && last.right);
  if (!judged) {
    setText(place, WORDS.before(done.solved, tries));
    return;
  }
  const wrong = done.solved ? WORDS.answeredBefore : WORDS.wrong;
  setText(place, `${last.right ? WORDS.right : wrong}${last.said} (${tries})`);
}

/** Answers to choose one from. */
class Choices {
  readonly root = element("fieldset.vw-choices", { "aria-label": WORDS.choices });
  #drawn: LessonStep["choices"] = [];
  #step = -1;

  get chosen(): string | null {
    const checked = this.root.querySelector<HTMLInputElement>("input:checked");
    return checked?.value ?? null;
  }

  draw(step: number, choices: LessonStep["choices"]): void {
    this.root.hidden = choices.length === 0;
    if (step === this.#step && sameJson(choices, this.#drawn)) return;
    this.#drawn = choices;
    this.#step = step;
    const group = `vw-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
    const rows = choices.map(([name, words]) => {
      const attributes = { type: "radio", name: group, value: name };
      const input = element("input", attributes);
      return element("label.vw-choice", [input, " ", words]);
    });
    this.root.replaceChildren(...rows);
  }
}
