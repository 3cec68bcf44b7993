import { Scope } from "../../../core/dispose";
import { element } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import type { PatchEdit } from "../../../core/state.gen";
import { selectBox } from "../../../core/view/select_box";
import { choiceOf } from "../choice";
import { nameOf } from "../facts";
import type { Patcher } from "../patcher";
import type { Asked } from "./finding";
import { editsOf, type Flip, flipFrom, flipSentences } from "./flip_answer";
import { flipSteps } from "./flip_steps";
import { reasonNoFlip } from "./reasons";
import { TaskTab } from "./task_tab";
import { verdict } from "./verdict";
import * as WORDS from "./words";

const LIMITS = ["1", "2", "3", "5", "10", "20"];
const USUAL_LIMIT = "10";

/** The fewest parts of the donor that flip the prediction. */
export function flipTab(view: Patcher): TaskTab<Flip> {
  const { scope, facts } = view;
  const again = () => view.invalidate("task");
  const over = choiceOf(scope, WORDS.over, WORDS.overs, "heads", again);
  const limits = LIMITS.map((limit) => [limit, limit] as const);
  const limit = selectBox(scope, limits, again);
  limit.value = USUAL_LIMIT;
  const label = element("span.vw-label", [WORDS.limit]);
  const steps = new ShownSteps(view);
  return new TaskTab(view, {
    kind: "flip",
    name: WORDS.flip,
    intro: WORDS.flipIntro,
    label: () => WORDS.findFlip(nameOf(facts, view.wanted)),
    choices: [over.root, element("label.vw-control", [label, limit])],
    asked: () => ({
      over: over.value(),
      source: view.donor.name,
      target: view.wanted,
      limit: Number(limit.value),
    }),
    reason: () => reasonNoFlip(view),
    read: flipFrom,
    draw: (flip, asked) => steps.draw(flip, asked),
    refresh: () => steps.update(),
  });
}

/** The steps that were found last, and how many of them are the edits. */
class ShownSteps {
  readonly #view: Patcher;
  #scope: Scope | null = null;
  #steps: ReturnType<typeof flipSteps> | null = null;
  /** The edits after none of them, after one, ... */
  #edits: readonly PatchEdit[][] = [];

  constructor(view: Patcher) {
    this.#view = view;
  }

  draw(flip: Flip, { over, source, target }: Asked): HTMLElement[] {
    const view = this.#view;
    const { labels } = view.facts;
    this.#scope?.dispose();
    this.#scope = new Scope(view.scope.signal);
    this.#edits = Array.from({ length: flip.steps.length + 1 }, (_, count) =>
      editsOf(flip.steps.slice(0, count), String(source), labels),
    );
    const name = nameOf(view.facts, Number(target));
    this.#steps = flipSteps(this.#scope, flip, name, (count) =>
      view.edit(WORDS.verbs.steps(count), this.#edits[count] ?? []),
    );
    const [said = "", ...others] = flipSentences(flip, String(over), name);
    return [
      verdict(flip.found, [said]),
      element("p", [others.join(" ")]),
      this.#steps.root,
    ];
  }

  update(): void {
    const present = this.#view.settings.get("interventions");
    this.#steps?.update(this.#edits.findIndex((each) => sameJson(each, present)));
  }
}
