import type { LessonProgress } from "../../core/state.gen";
import type { Attempt, LessonData } from "./lesson_data";
import { WORDS } from "./words";

/** What was tried, when and how often: the text to hand in. */
export function summaryOf(
  {
    title,
    model,
    image,
    steps,
  }: Pick<LessonData, "title" | "model" | "image" | "steps">,
  titles: readonly string[],
  progress: readonly LessonProgress[],
): string {
  const asked = progress.filter((_, at) => steps[at]?.asked);
  const solved = asked.filter((each) => each.solved).length;
  const tries = asked.reduce((sum, { count }) => sum + count, 0);
  const seen = progress.filter((each) => each.seen).length;
  const said = WORDS.summary;
  const lines = [
    said.lesson(title),
    said.model(model, image),
    said.answered(solved, asked.length, tries),
    said.seen(seen, steps.length),
    ...progress.flatMap((done, at) => {
      if (!steps[at]?.asked) return [];
      const tried = done.tries as unknown as Attempt[];
      const step = said.step(at + 1, titles[at] ?? "", done);
      return ["", step, ...tried.map(said.attempt)];
    }),
  ];
  return `${lines.join("\n")}\n`;
}
