import type { Scope } from "../../core/dispose";
import { ButtonChoice } from "../../core/view/buttons";

/** One of a few values, as a row of buttons: how something is done, which is not undone. */
export class Choice<Value extends string> {
  readonly root: HTMLElement;
  value: Value;
  readonly #buttons: ButtonChoice<Value>;
  readonly #chosen: () => void;

  constructor(
    scope: Scope,
    label: string,
    options: Readonly<Record<Value, string>>,
    present: Value,
    chosen: () => void,
  ) {
    this.value = present;
    this.#chosen = chosen;
    const texts = Object.entries(options) as [Value, string][];
    const choose = (value: Value) => this.#choose(value);
    this.#buttons = new ButtonChoice(scope, label, texts, choose);
    this.#buttons.show(present);
    this.root = this.#buttons.root;
  }

  /** Change to the next value. */
  flip(): void {
    this.#choose(this.#buttons.after(this.value) ?? this.value);
  }

  #choose(value: Value): void {
    this.value = value;
    this.#buttons.show(value);
    this.#chosen();
  }
}
