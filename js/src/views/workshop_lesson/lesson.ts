import type { AnyModel } from "@anywidget/types";
import type { Scope } from "../../core/dispose";
import type {
  LessonKept,
  LessonProgress,
  LessonStep,
  WorkshopLessonState,
} from "../../core/state.gen";

export type LessonModel = AnyModel<WorkshopLessonState>;

export type LessonAct = "go" | "check" | "hint" | "start_over";

/** What the parts of a lesson's page share. */
export interface Lesson {
  readonly scope: Scope;
  readonly titles: readonly string[];
  readonly step: number;
  readonly shown: LessonStep;
  readonly progress: readonly LessonProgress[];
  readonly kept: LessonKept;
  /** The kernel is asked, and has not answered yet. */
  readonly busy: boolean;
  readonly detached: boolean;
  /** Ask the kernel for something that changes the lesson. */
  ask(kind: LessonAct, more?: Record<string, unknown>): void;
  /** The text to hand in. */
  summary(): Promise<string>;
  alert(message: string): void;
}
