import { element } from "../../../core/dom";
import { buttonRow } from "../../../core/view/button_row";
import { VIEW_WORDS } from "../../../core/view/words";
import type { Attribution } from "../attribution";
import type { Measure } from "../facts";
import { isReadable } from "../quantity";
import { WORDS } from "../words";
import { isSound } from "./choices";
import { now } from "./class_box";

const MEASURES: readonly Measure[] = ["logit", "difference", "log_probability"];

/** Which number of the output is taken apart. */
export class MeasureSwitch {
  readonly root: HTMLElement;
  /** A difference was asked for, and the other class is yet to be chosen. */
  isChoosing = false;
  readonly #view: Attribution;
  readonly #chooseVersus: () => void;
  readonly #buttons: readonly HTMLButtonElement[];

  /** @param chooseVersus called when there is no other class yet */
  constructor(view: Attribution, chooseVersus: () => void) {
    this.#view = view;
    this.#chooseVersus = chooseVersus;
    this.#buttons = MEASURES.map((measure) => {
      const attributes = { class: "vw-button", "data-value": measure };
      const button = element("button", attributes, [WORDS.measures[measure]]);
      view.scope.listen(button, "click", () => this.#choose(measure));
      return button;
    });
    this.root = buttonRow(WORDS.measure, this.#buttons);
  }

  /** Change to the next measure that can be shown. */
  flip(): void {
    const at = MEASURES.indexOf(this.#view.settings.get("measure"));
    for (let step = 1; step < MEASURES.length; step++) {
      const next = MEASURES[(at + step) % MEASURES.length];
      if (!next || !this.#isOffered(next)) continue;
      this.#choose(next);
      return;
    }
  }

  update(): void {
    const present = this.#view.settings.get("measure");
    if (present === "difference") this.isChoosing = false;
    MEASURES.forEach((measure, index) => {
      const button = this.#buttons[index] as HTMLButtonElement;
      const isPressed = this.isChoosing
        ? measure === "difference"
        : measure === present;
      button.setAttribute("aria-pressed", String(isPressed));
      button.hidden = !this.#isOffered(measure);
    });
  }

  /** A saved page holds only some. */
  #isOffered(measure: Measure): boolean {
    const { readable } = this.#view.facts;
    return isReadable({ ...now(this.#view), measure }, readable);
  }

  #choose(measure: Measure): void {
    const view = this.#view;
    this.isChoosing = !isSound({ ...now(view), measure });
    if (this.isChoosing) this.#chooseVersus();
    else view.act(VIEW_WORDS.change, { measure });
    view.invalidate("choosing");
  }
}
