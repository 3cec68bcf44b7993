import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { checkHistory } from "../../core/history";
import { DetachedError, messageOf } from "../../core/requests";
import type {
  LessonKept,
  LessonProgress,
  LessonStep,
  WorkshopLessonState,
  WorkshopLessonWritable,
} from "../../core/state.gen";
import { viewHeader } from "../../core/view/header";
import type { Panel } from "../../core/view/panel";
import { View } from "../../core/view/view";
import { keptNote, keptPanel } from "./kept_panel";
import type { Lesson, LessonAct, LessonModel } from "./lesson";
import { questionPanel } from "./question_panel";
import { stepsPanel } from "./steps_panel";
import { summaryPanel } from "./summary_panel";
import { textPanel } from "./text_panel";
import { WORDS } from "./words";

/** What Python changes as the lesson goes on. */
const TOLD = ["step", "shown", "progress", "kept"] as const;

/** The page of a lesson. The kernel judges, and tells what there is to see. */
export class LessonView
  extends View<WorkshopLessonState, WorkshopLessonWritable>
  implements Lesson
{
  busy = false;
  readonly #lesson: LessonModel;

  constructor(model: LessonModel, root: HTMLElement, scope: Scope) {
    super(model, root, scope, ["history", "undone"], checkHistory);
    this.#lesson = model;
    for (const name of TOLD) {
      const heard = () => this.invalidate("values");
      model.on(`change:${name}`, heard);
      scope.onDispose(() => model.off(`change:${name}`, heard));
    }
    root.classList.add("vw-lesson");
    this.start(this.#assemble(root));
  }

  get titles(): readonly string[] {
    return this.#lesson.get("titles");
  }

  get step(): number {
    return this.#lesson.get("step");
  }

  get shown(): LessonStep {
    return this.#lesson.get("shown");
  }

  get progress(): readonly LessonProgress[] {
    return this.#lesson.get("progress");
  }

  get kept(): LessonKept {
    return this.#lesson.get("kept");
  }

  ask(kind: LessonAct, more: Record<string, unknown> = {}): void {
    // A second press of the same button would be a second try.
    if (this.busy) return;
    this.busy = true;
    this.invalidate("values");
    void this.requests
      .ask(kind, more)
      .catch((error: unknown) => this.#failed(error))
      .finally(() => {
        this.busy = false;
        if (!this.scope.disposed) this.invalidate("values");
      });
  }

  async summary(): Promise<string> {
    const { result } = await this.requests.ask("summary", {});
    if (typeof result.text !== "string") throw new Error(WORDS.detached);
    return result.text;
  }

  protected addressOf(): string {
    return "";
  }

  protected awaited(): string {
    return this.busy ? WORDS.awaited : "";
  }

  protected want(): void {
    // All that is shown comes in the state.
  }

  protected prepare(): void {
    // Panels draw from the state itself.
  }

  protected status(): string {
    const solved = this.progress.filter((each) => each.solved).length;
    return WORDS.status(this.#lesson.get("title"), solved);
  }

  #failed(error: unknown): void {
    if (this.scope.disposed) return;
    const gone = error instanceof DetachedError;
    this.alert(gone ? WORDS.detached : messageOf(error));
  }

  #assemble(root: HTMLElement): Panel<string>[] {
    const said: Panel<string> = {
      root: this.notices.status,
      update: () => this.notices.say(this.status()),
    };
    const title = {
      name: this.#lesson.get("title"),
      size: "",
      badge: this.notices.badge,
    };
    const steps = stepsPanel(this);
    const note = keptNote(this);
    const columns = [textPanel(this), questionPanel(this)];
    const end = [summaryPanel(this), keptPanel(this)];
    const body = element("div.vw-body", [
      note.root,
      element(
        "div.vw-columns",
        columns.map((panel) => panel.root),
      ),
      this.notices.alert,
      element("div.vw-end", [...end.map((panel) => panel.root), said.root]),
    ]);
    root.append(viewHeader(title, steps.root), body);
    return [said, steps, note, ...columns, ...end];
  }
}
