import type { LessonStep, WorkshopLessonState } from "../../core/state.gen";
import type { EmbeddedArray, State } from "../host_model";

/** What `vitwidgets/workshop/published.py` writes into the page of a lesson. */
export interface LessonData {
  /** What the script of the lesson's view is held by. */
  view: string;
  state: State & Pick<WorkshopLessonState, "progress">;
  title: string;
  model: string;
  image: string;
  steps: readonly StepData[];
  /** For each class how it is told that the model says it, with "{percent}". */
  says: readonly string[];
}

export interface StepData {
  /** As the step begins, before any hint. */
  shown: LessonStep;
  hints: readonly string[];
  /** What the view is set to. */
  state: State;
  /** Whether the lesson has a question here, be it left out. */
  asked: boolean;
  /** `KeptVerdict`s as JSON, deflated; null where none are kept. */
  verdicts: EmbeddedArray | null;
  /** Why none are kept of a question; or empty. */
  why_not: string;
}

/** The verdict on something that can be answered. */
export interface KeptVerdict {
  /** What is seen then, by name: `vitwidgets/workshop/answer_space.py` has the names. */
  seen: Record<string, unknown>;
  right: boolean;
  /** What was tried, and what is said of it: with `ANSWER_NOW` and `EDITS_NOW`. */
  what: string;
  text: string;
}

/** In a verdict's words, what only the page knows; as `kept_verdicts.py` writes it. */
export const ANSWER_NOW = "{answer now}";
export const EDITS_NOW = "{edits now}";

/** As `progress.py` writes it. */
export interface Attempt {
  time: string;
  what: string;
  right: boolean;
  said: string;
}
