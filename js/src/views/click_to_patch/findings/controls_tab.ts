import { element, UNHEARD } from "../../../core/dom";
import { digits } from "../digits";
import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import { type Asked, listIn } from "./finding";
import { reasonNot } from "./reasons";
import { table } from "./table";
import { TaskTab } from "./task_tab";
import { verdict } from "./verdict";
import * as WORDS from "./words";

/** What some runs with the edits, changed in one way, came to. */
interface Control {
  name: string;
  what: string;
  /** Runs. */
  n: number;
  /** Runs in which the wanted class is predicted. */
  flips: number;
  /** Of the wanted class, the mean. */
  probability: number;
  /** Logit of the wanted class less that of the clean one, the mean. */
  difference: number;
  /** Whether the logits are the clean ones, where they must be. */
  same: boolean | null;
}

/** The same edits elsewhere and otherwise. */
export function controlsTab(view: Patcher): TaskTab<readonly Control[]> {
  return new TaskTab<readonly Control[]>(view, {
    kind: "controls",
    name: WORDS.controls,
    intro: WORDS.controlsIntro,
    label: () => WORDS.runControls,
    choices: [],
    asked: () => ({ interventions: view.acting, target: view.wanted }),
    reason: () => reasonNot(view),
    read: (result) => listIn<Control>(result, "rows"),
    draw: (rows, asked) => [controlsTable(rows, asked, view)],
  });
}

function controlsTable(
  controls: readonly Control[],
  { target }: Asked,
  { facts }: Patcher,
): HTMLElement {
  const columns = WORDS.controlColumns(
    nameOf(facts, Number(target)),
    nameOf(facts, facts.top),
  );
  const rows = controls.map((control) => [
    control.name,
    whatCell(control),
    String(control.n),
    flipsCell(control),
    digits(control.probability),
    digits(control.difference),
  ]);
  return table(WORDS.controls, columns, rows);
}

function whatCell({ what, same }: Control): HTMLElement {
  const cell = element("div", [what]);
  const said = same ? WORDS.same : WORDS.notSame;
  if (same !== null) cell.append(verdict(same, [said], "div"));
  return cell;
}

/** How many, and what share of the runs that is. */
function flipsCell({ flips, n }: Control): HTMLElement {
  const bar = element("span.vw-share-bar");
  bar.style.width = `${n > 0 ? (100 * flips) / n : 0}%`;
  return element("div.vw-share", [
    element("span", [WORDS.of(flips, n)]),
    element("span.vw-share-track", UNHEARD, [bar]),
  ]);
}
