import { element, group, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import { trueMinus } from "../../../core/numbers";
import { DetachedError, messageOf } from "../../../core/requests";
import { TaskBar } from "../findings/task_bar";
import type { Patcher, SweepQuestion } from "../patcher";
import type { CellValues } from "./cell_values";
import * as WORDS from "./words";

/** What a kernel says in place of a correlation that there is not. */
const NONE = -2;

/** Starts a sweep of the grid on show, says how far it is, and stops it. */
export function sweepBar(view: Patcher) {
  /** The sweep that was asked for and has not ended. */
  let asked: SweepQuestion | null = null;
  /** Sweeps that this saved page was asked for and doesn't hold. */
  const absent: SweepQuestion[] = [];
  const start = async () => {
    const { question } = view;
    if (asked) return;
    asked = question;
    view.invalidate("task");
    if (!(await fetchSweep(view, question))) absent.push(question);
    asked = null;
    view.invalidate("task");
  };
  const bar = new TaskBar(view, "sweep", [], () => void start());
  const found = element("p.vw-muted.vw-sweep-found");
  return {
    root: group("div.vw-sweep", WORDS.sweep, [bar.root, found]),
    update({ exactCount }: CellValues, cells: number) {
      const { question, heat, task } = view;
      const isSame = (each: SweepQuestion) => sameJson(each, question);
      const isDone = exactCount === cells;
      const isAbsent = absent.some(isSame);
      // Not while the view is drawn: what comes would not be.
      if (view.facts.saved && !isDone && !isAbsent) queueMicrotask(() => void start());
      const notKept = isAbsent ? WORDS.notKept : "";
      const reason = isDone ? WORDS.allExact : notKept;
      bar.update(WORDS.start(cells), asked !== null && !isDone, reason);
      const isOther = task.kind === "sweep" && asked !== null && !isSame(asked);
      const { correlation } = heat;
      const said = [
        isOther ? WORDS.otherSweep : "",
        exactCount > 0 ? WORDS.exactSoFar(exactCount, cells) : "",
        correlation === null ? "" : WORDS.agrees(trueMinus(correlation.toFixed(2))),
      ];
      setText(found, WORDS.and(said.filter(Boolean)));
    },
  };
}

/** @returns false when a saved page has no answer */
async function fetchSweep(view: Patcher, question: SweepQuestion): Promise<boolean> {
  try {
    const manner = { slow: true };
    const { result, arrays } = await view.requests.ask(
      "sweep",
      { ...question },
      manner,
    );
    const values = arrays.find(({ name }) => name === "values")?.values;
    if (!(values instanceof Float32Array)) return false;
    const { correlation } = result;
    const known = typeof correlation === "number" ? correlation : NONE;
    view.keepSweep(question, values, known);
  } catch (error) {
    if (!(error instanceof DetachedError)) view.alert(WORDS.failed(messageOf(error)));
  }
  return true;
}
