import type { Scope } from "../../../core/dispose";
import { element, freshId, setAria, setText } from "../../../core/dom";
import { belongsOutside, shieldKeys } from "../../../core/keyboard";
import type { PatchEdit } from "../../../core/state.gen";
import { limitsOf } from "./strength_limits";
import * as WORDS from "./words";

const STEP_KEYS = /^(Arrow|Page|Home|End)/;

/** How strongly an edit acts, as a slider and as a number. Every move counts at once;
 * a whole drag, or a key that is held, is one act in the end. */
export class StrengthControl {
  readonly root: HTMLElement;
  /** Says why a number can't be. */
  readonly trouble: HTMLElement;
  readonly #slider = element("input.vw-edit-slider", { type: "range" });
  readonly #number = element("input.vw-select.vw-edit-number", { type: "number" });
  readonly #handlers: { moved: (strength: number) => void; settled: () => void };
  #kind: PatchEdit["kind"] = "patch";
  #strength = Number.NaN;
  #isHeld = false;

  /**
   * @param label of what it is the strength
   * @param handlers.moved called with what is shown from now on
   * @param handlers.settled called when a person is done with it
   */
  constructor(
    scope: Scope,
    label: string,
    handlers: { moved: (strength: number) => void; settled: () => void },
  ) {
    this.#handlers = handlers;
    const id = freshId("strength");
    this.trouble = element("p.vw-edit-trouble", { id, role: "status" });
    setAria(this.#number, "describedby", id);
    this.root = element("div.vw-edit-strength", [this.#slider, this.#number]);
    for (const field of [this.#slider, this.#number]) {
      setAria(field, "label", label);
      scope.listen(field, "input", () => this.#take(field));
      scope.listen(field, "change", () => {
        if (!this.#isHeld) handlers.settled();
      });
      scope.listen(field, "keydown", (event) => this.#pressed(event));
      scope.listen(field, "keyup", () => this.#release());
      scope.listen(field, "blur", () => this.#release());
    }
    this.#setRange();
    // Letters are the view's commands everywhere but in a text.
    shieldKeys(this.#number, scope);
  }

  update(kind: PatchEdit["kind"], strength: number): void {
    const isOther = kind !== this.#kind;
    const isNew = isOther || strength !== this.#strength;
    this.#kind = kind;
    this.#strength = strength;
    if (isOther) this.#setRange();
    this.#slider.value = String(strength);
    // What is half-written ("0.") or can't be stays as it is written.
    if (isNew && this.#number.valueAsNumber !== strength) {
      this.#number.value = String(strength);
    }
    if (isNew) this.#say("");
  }

  #setRange(): void {
    const { low, high, step } = limitsOf(this.#kind).slider;
    this.#slider.min = String(low);
    this.#slider.max = String(high);
    for (const field of [this.#slider, this.#number]) field.step = String(step);
  }

  #take(field: HTMLInputElement): void {
    const strength = field.valueAsNumber;
    const { least, most } = limitsOf(this.#kind);
    const isInside = strength >= least && strength <= most;
    this.#say(
      Number.isNaN(strength)
        ? WORDS.noNumber
        : isInside
          ? ""
          : WORDS.outside(strength, least, most),
    );
    if (isInside) this.#handlers.moved(strength);
  }

  #pressed(event: KeyboardEvent): void {
    if (belongsOutside(event)) this.#release();
    else if (STEP_KEYS.test(event.key)) this.#isHeld = true;
  }

  #release(): void {
    if (!this.#isHeld) return;
    this.#isHeld = false;
    this.#handlers.settled();
  }

  #say(trouble: string): void {
    setText(this.trouble, trouble);
    setAria(this.#number, "invalid", trouble !== "");
  }
}
