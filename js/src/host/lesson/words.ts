import type { LessonProgress, PatchEdit } from "../../core/state.gen";
import type { Attempt } from "./lesson_data";

const MOST_TOLD = 6;

const tries = (count: number) => (count === 1 ? "1 try" : `${count} tries`);
const hints = (count: number) =>
  count === 0 ? "" : `, ${count} ${count === 1 ? "hint" : "hints"}`;

/** A time as clocks here show it, to the minute. */
function localTime(time: string): string {
  const when = new Date(time);
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [when.getFullYear(), two(when.getMonth() + 1), two(when.getDate())];
  return `${day.join("-")} ${two(when.getHours())}:${two(when.getMinutes())}`;
}

/** Every sentence of a lesson without a kernel, in one place. Those of the summary are as
 * `vitwidgets/workshop/progress.py` writes them, and edits as `bench.py` tells them. */
export const WORDS = {
  notKept:
    "This page can't judge that: it holds the verdicts on simpler answers. In a " +
    "notebook every answer is judged.",
  notAsked: "nothing is asked in this step: go to the next one",
  notPacked: (why: string) => `this page's data can't be unpacked here: ${why}`,
  act: "lesson step",
  edits: (edits: readonly PatchEdit[]) => {
    const told = edits.slice(0, MOST_TOLD).map(({ kind, address, tokens }) => {
      const at = tokens.length === 1 ? `@${tokens[0]}` : ` at ${tokens.length} tokens`;
      return `${kind} ${address}${tokens.length > 0 ? at : ""}`;
    });
    const more = edits.length - MOST_TOLD;
    return told.join(", ") + (more > 0 ? ` and ${more} more` : "") || "no edit";
  },
  summary: {
    lesson: (title: string) => `Lesson: ${title}`,
    model: (model: string, image: string) => `Model: ${model}; image: ${image}`,
    answered: (solved: number, asked: number, count: number) =>
      `Questions answered: ${solved} of ${asked}, in ${tries(count)}`,
    seen: (seen: number, steps: number) => `Steps seen: ${seen} of ${steps}`,
    step: (number: number, title: string, done: LessonProgress) => {
      if (done.count === 0) return `${number}. ${title}: not tried`;
      const outcome = done.solved ? "answered" : "not yet answered";
      return `${number}. ${title}: ${outcome} (${tries(done.count)}${hints(done.hints)})`;
    },
    attempt: ({ time, what, right, said }: Attempt) =>
      `   ${localTime(time)}  ${what}: ${right ? "right" : "not right"}. ${said}`,
  },
} as const;
