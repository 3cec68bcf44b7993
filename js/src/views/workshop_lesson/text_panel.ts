import { element, setText } from "../../core/dom";
import { sameJson } from "../../core/json_values";
import type { Panel } from "../../core/view/panel";
import type { Lesson } from "./lesson";
import { blocksOf } from "./markdown";

/** The title and the text of the present step. */
export function textPanel(lesson: Lesson): Panel<string> {
  const title = element("h2.vw-step-title", { tabindex: "-1" });
  const text = element("div.vw-step-text");
  const root = element("section.vw-step-body", { "aria-live": "polite" }, [
    title,
    text,
  ]);
  let drawn: readonly string[] = [];
  return {
    root,
    update() {
      setText(title, `${lesson.step + 1}. ${lesson.titles[lesson.step] ?? ""}`);
      const { paragraphs } = lesson.shown;
      if (sameJson(drawn, paragraphs)) return;
      drawn = paragraphs;
      text.replaceChildren(...blocksOf(paragraphs));
    },
  };
}
