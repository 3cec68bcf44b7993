import { element } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import type { Answer } from "../../../core/requests";
import type { Patcher } from "../patcher";
import { notHeld } from "../words";
import { type Asked, Finding } from "./finding";
import { findingBox } from "./finding_box";
import type { Tab } from "./tabs";
import { taskBar } from "./task_bar";
import * as WORDS from "./words";

/** One kind of long work: what it is, how it is asked for and how it is shown. */
export interface TaskParts<Found> {
  kind: string;
  name: string;
  intro: string;
  /** What the button says at present. */
  label: () => string;
  /** Buttons that choose what else is asked for. */
  choices: readonly HTMLElement[];
  /** What the present state asks for. */
  asked: () => Asked;
  /** Why it can't be asked for at present, or "". */
  reason: () => string;
  read: (result: Answer["result"]) => Found;
  /** What was found, drawn anew each time that it changes. */
  draw: (found: Found, asked: Asked) => readonly HTMLElement[];
  /** Called whenever the view is drawn while something is on show. */
  refresh?: () => void;
}

/** A tab with a button that starts long work, and what that found. */
export class TaskTab<Found> implements Tab {
  readonly name: string;
  readonly root: HTMLElement;
  readonly #view: Patcher;
  readonly #parts: TaskParts<Found>;
  readonly #finding: Finding<Found>;
  readonly #bar: ReturnType<typeof taskBar>;
  readonly #box: ReturnType<typeof findingBox<Found>>;

  constructor(view: Patcher, parts: TaskParts<Found>) {
    const { name, kind, choices, asked, intro } = parts;
    this.name = name;
    this.#view = view;
    this.#parts = parts;
    this.#finding = new Finding(view, kind, parts.read);
    this.#bar = taskBar(view, kind, choices, () => this.#finding.ask(asked()));
    this.#box = findingBox(this.#finding, parts.draw);
    const { note, body } = this.#box;
    this.root = element("div", [introOf(intro), this.#bar.root, note, body]);
  }

  update(): void {
    const { label, reason, refresh } = this.#parts;
    const { found, awaited } = this.#finding;
    const asked = this.#parts.asked();
    this.#bar.update(label(), awaited !== null, reason() || this.#heldOf(asked));
    this.#box.update(asked, found ? otherwise(found.asked, asked) : "");
    if (found) refresh?.();
  }

  /** Show what a saved page holds of the present question: that runs nothing. */
  recall(): void {
    const asked = this.#parts.asked();
    if (this.#parts.reason() || this.#finding.isOf(asked)) return;
    if (this.#holds(asked)) this.#finding.ask(asked);
  }

  /** Why nothing can be run: a saved page shows what it holds, and that is all; or "". */
  #heldOf(asked: Asked): string {
    if (!this.#view.facts.saved) return "";
    const isHeld = this.#holds(asked);
    // What is of other edits can't be brought up to date here.
    this.#box.body.hidden = !isHeld;
    this.#box.note.hidden = true;
    return isHeld ? this.#finding.trouble || WORDS.kept : notHeld;
  }

  #holds(asked: Asked): boolean {
    return this.#view.requests.holds(this.#parts.kind, asked);
  }
}

/** What a tab is for. */
export function introOf(text: string): HTMLElement {
  return element("p.vw-finding-intro.vw-muted", [text]);
}

/** What a finding is of, when it is of something else than what would be asked for now. */
function otherwise(found: Asked, present: Asked): string {
  if (sameJson(found, present)) return "";
  const isSame = sameJson(found.interventions, present.interventions);
  const other =
    found.target === present.target ? WORDS.otherSettings : WORDS.otherClass;
  return WORDS.isOf(isSame ? other : WORDS.otherEdits);
}
