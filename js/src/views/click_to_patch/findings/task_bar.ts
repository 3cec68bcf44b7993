import { element, freshId, setAria, setText } from "../../../core/dom";
import { messageOf } from "../../../core/requests";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** A button that starts long work, and beside it how far that is, or why it can't start. */
export class TaskBar {
  readonly root: HTMLElement;
  readonly #view: Patcher;
  readonly #kind: string;
  readonly #start = element("button.vw-button.vw-alone.vw-task-start");
  readonly #why: HTMLElement;
  readonly #progress = element("progress.vw-task-progress");
  readonly #done = element("span.vw-task-done.vw-muted");
  readonly #cancel = element("button.vw-button.vw-alone.vw-task-cancel");
  readonly #running: HTMLElement;
  #isCancelled = false;

  /**
   * @param kind of the work
   * @param choices what else is chosen for it
   */
  constructor(
    view: Patcher,
    kind: string,
    choices: readonly HTMLElement[],
    start: () => void,
  ) {
    this.#view = view;
    this.#kind = kind;
    const id = freshId("task");
    this.#why = element("span.vw-muted", { id });
    setAria(this.#start, "describedby", id);
    setAria(this.#progress, "label", WORDS.tasks[kind] ?? kind);
    this.#running = element("span.vw-controls", [
      this.#progress,
      this.#done,
      this.#cancel,
    ]);
    const parts = [...choices, this.#start, this.#running, this.#why];
    this.root = element("div.vw-controls", parts);
    const { scope } = view;
    scope.listen(this.#start, "click", () => {
      if (this.#start.getAttribute("aria-disabled") !== "true") start();
    });
    scope.listen(this.#cancel, "click", () => void this.#stop());
  }

  /**
   * @param label of the button
   * @param isAwaited it was started
   * @param reason why it can't be started, or ""
   */
  update(label: string, isAwaited: boolean, reason: string): void {
    const { task, detached } = this.#view;
    const isRunning = task.kind === this.#kind;
    if (!isRunning && !isAwaited) this.#isCancelled = false;
    const name = WORDS.tasks[task.kind] ?? task.kind;
    const other = isRunning || !task.kind ? "" : WORDS.busy(name);
    const why = detached ? WORDS.gone : other || reason;
    setText(this.#start, label);
    // Not `disabled`: focus would fall out of the view, and the keys with it.
    const isOff = why !== "" || isRunning || isAwaited;
    setAria(this.#start, "disabled", isOff);
    setText(this.#why, isRunning || isAwaited ? "" : why);
    this.#running.hidden = !isRunning && !isAwaited;
    if (!this.#running.hidden) this.#showProgress(isRunning);
  }

  #showProgress(isRunning: boolean): void {
    const { done, total, seconds_left } = this.#view.task;
    this.#cancel.hidden = !isRunning;
    setText(this.#cancel, this.#isCancelled ? WORDS.cancelling : WORDS.cancel);
    setAria(this.#cancel, "disabled", this.#isCancelled);
    if (!isRunning || total <= 0) {
      this.#progress.removeAttribute("value");
      setText(this.#done, WORDS.starting);
      return;
    }
    this.#progress.max = total;
    this.#progress.value = done;
    const progress = WORDS.progress(done, total);
    const left = Math.ceil(seconds_left);
    setText(this.#done, seconds_left >= 0 ? WORDS.timeLeft(progress, left) : progress);
  }

  async #stop(): Promise<void> {
    if (this.#isCancelled) return;
    this.#isCancelled = true;
    this.#view.invalidate("task");
    try {
      await this.#view.requests.ask("cancel", {});
    } catch (error) {
      this.#isCancelled = false;
      this.#view.alert(WORDS.notCancelled(messageOf(error)));
    }
  }
}
