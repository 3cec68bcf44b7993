import { element, group, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import { trueMinus } from "../../../core/numbers";
import { DetachedError, messageOf } from "../../../core/requests";
import { reasonNoFlip } from "../findings/reasons";
import { taskBar } from "../findings/task_bar";
import type { Heat, Patcher, SweepQuestion } from "../patcher";
import { notHeld } from "../words";
import type { CellValues } from "./cell_values";
import * as WORDS from "./words";

/** What a kernel says in place of a correlation that there is not. */
const NONE = -2;

/** Starts a sweep of the grid on show, says how far it is, and stops it. */
export function sweepBar(view: Patcher) {
  /** The sweep that was asked for and has not ended. */
  let asked: SweepQuestion | null = null;
  /** The one before, or this. */
  let tried: SweepQuestion | null = null;
  const start = async () => {
    const { question } = view;
    if (asked) return;
    asked = question;
    tried = question;
    view.invalidate("task");
    await fetchSweep(view, question);
    asked = null;
    view.invalidate("task");
  };
  const bar = taskBar(view, "sweep", [], () => void start());
  const found = element("p.vw-muted.vw-sweep-found");
  return {
    root: group("div.vw-sweep", WORDS.sweep, [bar.root, found]),
    update({ exactCount }: CellValues, cells: number) {
      const { question, heat, task } = view;
      const isSame = (each: SweepQuestion) => sameJson(each, question);
      const isDone = exactCount === cells;
      const isHeld = view.requests.holds("sweep", { ...question });
      const isNew = isHeld && !isDone && !sameJson(tried, question);
      // Not while the view is drawn: what comes would not be.
      if (view.facts.saved && isNew) queueMicrotask(() => void start());
      const absence = isHeld ? "" : notHeld;
      const none = reasonNoSweep(view);
      const reason = isDone ? WORDS.allExact : none || absence;
      bar.update(WORDS.start(cells), asked !== null && !isDone, reason);
      const isOther = task.kind === "sweep" && asked !== null && !isSame(asked);
      const { correlation } = heat;
      const said = [
        none ? "" : previewNote(heat),
        isOther ? WORDS.otherSweep : "",
        exactCount > 0 ? WORDS.exactSoFar(exactCount, cells) : "",
        correlation === null ? "" : WORDS.agrees(trueMinus(correlation.toFixed(2))),
      ];
      setText(found, WORDS.and(said.filter(Boolean)));
    },
  };
}

/** Why this can't be measured, or "". */
function reasonNoSweep(view: Patcher): string {
  const { target, metric } = view.question;
  const needsPair = metric === "difference" || (metric !== "kl" && target < 0);
  return needsPair ? reasonNoFlip(view) : "";
}

/** Why there is no preview, or that it is on its way. */
function previewNote({ preview, why }: Heat): string {
  if (preview) return "";
  return why === null ? WORDS.working : WORDS.noPreview(why);
}

async function fetchSweep(view: Patcher, question: SweepQuestion): Promise<void> {
  try {
    const manner = { slow: true };
    const { result, arrays } = await view.requests.ask(
      "sweep",
      { ...question },
      manner,
    );
    const values = arrays.find(({ name }) => name === "values")?.values;
    if (!(values instanceof Float32Array)) throw new Error(notHeld);
    const { correlation } = result;
    const known = typeof correlation === "number" ? correlation : NONE;
    view.keepSweep(question, values, known);
  } catch (error) {
    if (!(error instanceof DetachedError)) view.alert(WORDS.failed(messageOf(error)));
  }
}
