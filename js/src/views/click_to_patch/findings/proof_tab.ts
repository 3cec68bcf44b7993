import { element, setAria } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import { button } from "../../../core/view/buttons";
import { digits } from "../digits";
import { tokensName } from "../edits/names";
import type { Patcher } from "../patcher";
import { notHeld } from "../words";
import { type Asked, Finding } from "./finding";
import { findingBox } from "./finding_box";
import { problemsOf, type Receipt, receiptFrom, sizes } from "./receipt";
import { table } from "./table";
import type { Tab } from "./tabs";
import { introOf } from "./task_tab";
import { verdict } from "./verdict";
import * as WORDS from "./words";

/** Edits that follow each other faster are not all proved. */
const QUIET = 250;

/** Whether the prediction on show is what the edits make of the image, and how that is
 * known. Once it was asked for, it follows the edits while its tab is open. */
export class ProofTab implements Tab {
  readonly name = WORDS.proof;
  readonly root: HTMLElement;
  readonly #view: Patcher;
  readonly #finding: Finding<Receipt>;
  readonly #isOpen: () => boolean;
  readonly #ask: HTMLButtonElement;
  readonly #box: ReturnType<typeof findingBox<Receipt>>;
  #isWanted = false;
  #planned: Asked | null = null;
  #stopPlan: () => void = () => undefined;

  constructor(view: Patcher, isOpen: () => boolean) {
    this.#view = view;
    this.#isOpen = isOpen;
    this.#finding = new Finding(view, "receipt", receiptFrom);
    this.#box = findingBox(this.#finding, drawn);
    const { note, body } = this.#box;
    const want = () => this.want();
    this.#ask = button(view.scope, [WORDS.prove], want, ".vw-alone.vw-task-start");
    const bar = element("div.vw-controls", [this.#ask, note]);
    this.root = element("div", [introOf(WORDS.proofIntro), bar, body]);
  }

  /** A person wants to see the proof, from now on. */
  want(): void {
    this.#isWanted = true;
    this.#stopPlan();
    this.#planned = null;
    this.#finding.ask(this.#asked);
  }

  update(): void {
    const { found, trouble } = this.#finding;
    const asked = this.#asked;
    const isAnswered = this.#finding.isOf(asked);
    const isAwaited = this.#isWanted && !isAnswered;
    this.#ask.hidden = this.#isWanted && (isAwaited || trouble === "");
    const waiting = found ? WORDS.isOld : WORDS.proving;
    const isHeld = this.#view.requests.holds("receipt", asked);
    setAria(this.#ask, "disabled", !isHeld);
    this.#box.update(asked, isHeld ? (isAwaited ? waiting : "") : notHeld);
    // What is of other edits can't be brought up to date here.
    this.#box.body.hidden = !isHeld;
    if (isAwaited && this.#isOpen()) this.#plan(asked);
  }

  get #asked(): Asked {
    return { interventions: this.#view.acting };
  }

  /** Ask soon, if nothing changes before. */
  #plan(asked: Asked): void {
    if (this.#finding.awaited || sameJson(this.#planned, asked)) return;
    this.#stopPlan();
    this.#planned = asked;
    this.#stopPlan = this.#view.scope.after(QUIET, () => this.want());
  }
}

function drawn(receipt: Receipt, asked: Asked): HTMLElement[] {
  const count = (asked.interventions as readonly unknown[]).length;
  const problems = problemsOf(receipt, count);
  const isProved = problems.length === 0;
  const said = element("strong", [isProved ? WORDS.proved : WORDS.notProved]);
  const result = verdict(isProved, [
    said,
    isProved ? `: ${WORDS.provedEdits(count)}` : "",
  ]);
  result.setAttribute("role", "status");
  const list = problems.map((problem) => element("li", [problem]));
  return [
    result,
    ...(isProved ? [] : [element("ul.vw-problems", list)]),
    ...(receipt.edits.length > 0 ? [editsTable(receipt)] : []),
    element("p", [WORDS.fullRun(...sizes(receipt))]),
    ...(isProved ? [element("p", [WORDS.clean])] : []),
  ];
}

function editsTable({ edits }: Receipt): HTMLElement {
  const rows = edits.map((edit) => [
    edit.address,
    tokensName(edit.tokens),
    edit.site ?? WORDS.untouched,
    WORDS.times(edit.fired),
    digits(edit.largest_change),
    edit.relative_change === null ? WORDS.infinite : digits(edit.relative_change),
  ]);
  return table(WORDS.proof, WORDS.proofColumns, rows);
}
