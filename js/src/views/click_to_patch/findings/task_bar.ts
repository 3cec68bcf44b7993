import { element, freshId, setAria, setText } from "../../../core/dom";
import { messageOf } from "../../../core/requests";
import { button } from "../../../core/view/buttons";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** A button that starts long work, and beside it how far that is, or why it can't start.
 *
 * @param kind of the work
 * @param choices what else is chosen for it
 * @param act starts it
 */
export function taskBar(
  view: Patcher,
  kind: string,
  choices: readonly HTMLElement[],
  act: () => void,
) {
  const id = freshId("task");
  const why = element("span.vw-muted", { id });
  const begin = () => {
    if (start.getAttribute("aria-disabled") !== "true") act();
  };
  const start = button(view.scope, [], begin, ".vw-alone.vw-task-start");
  setAria(start, "describedby", id);
  const running = runningWork(view, kind);
  return {
    root: element("div.vw-controls", [...choices, start, running.root, why]),
    /**
     * @param label of the button
     * @param isAwaited it was started
     * @param reason why it can't be started, or ""
     */
    update(label: string, isAwaited: boolean, reason: string) {
      const { task, detached } = view;
      const isRunning = task.kind === kind;
      const name = WORDS.tasks[task.kind] ?? task.kind;
      const other = isRunning || !task.kind ? "" : WORDS.busy(name);
      const whyNot = detached ? WORDS.gone : other || reason;
      const isOn = isRunning || isAwaited;
      setText(start, label);
      // Not `disabled`: focus would fall out of the view, and the keys with it.
      setAria(start, "disabled", whyNot !== "" || isOn);
      setText(why, isOn ? "" : whyNot);
      running.update(isOn, isRunning);
    },
  };
}

/** How far work is that goes on, and a button that cancels it. */
function runningWork(view: Patcher, kind: string) {
  let isCancelled = false;
  const stop = async () => {
    if (isCancelled) return;
    isCancelled = true;
    view.invalidate("task");
    try {
      await view.requests.ask("cancel", {});
    } catch (error) {
      isCancelled = false;
      view.alert(WORDS.notCancelled(messageOf(error)));
    }
  };
  const progress = element("progress.vw-task-progress");
  const said = element("span.vw-task-done.vw-muted");
  const looks = ".vw-alone.vw-task-cancel";
  const cancel = button(view.scope, [], () => void stop(), looks);
  setAria(progress, "label", WORDS.tasks[kind] ?? kind);
  const root = element("span.vw-controls", [progress, said, cancel]);
  return {
    root,
    /** @param isOn it runs, or was asked for */
    update(isOn: boolean, isRunning: boolean) {
      root.hidden = !isOn;
      isCancelled &&= isOn;
      cancel.hidden = !isRunning;
      setText(cancel, isCancelled ? WORDS.cancelling : WORDS.cancel);
      setAria(cancel, "disabled", isCancelled);
      const { done, total, seconds_left: left } = view.task;
      if (!isRunning || total <= 0) {
        progress.removeAttribute("value");
        setText(said, WORDS.starting);
        return;
      }
      progress.max = total;
      progress.value = done;
      const text = WORDS.progress(done, total);
      setText(said, left >= 0 ? WORDS.timeLeft(text, Math.ceil(left)) : text);
    },
  };
}
