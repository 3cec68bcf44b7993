import type { Scope } from "../dispose";
import { element, setAria } from "../dom";
import { buttonRow } from "./button_row";

type Content = readonly (string | Node)[];

/** A button, and what a click on it does.
 *
 * @param looks further classes: ".vw-alone"
 */
export function button(
  scope: Scope,
  content: Content,
  act: () => void,
  looks = "",
): HTMLButtonElement {
  const made = element(`button.vw-button${looks}`, content);
  scope.listen(made, "click", act);
  return made;
}

/** Buttons of which one is pressed. */
export class ButtonChoice<Value extends string> {
  readonly root: HTMLElement;
  readonly #buttons: ReadonlyMap<Value, HTMLButtonElement>;

  /** @param choose called with the value of the button that is clicked */
  constructor(
    scope: Scope,
    label: string,
    options: readonly (readonly [Value, ...Content])[],
    choose: (value: Value) => void,
  ) {
    this.#buttons = new Map(
      options.map(([value, ...content]) => {
        const made = button(scope, content, () => choose(value));
        made.dataset.value = value;
        return [value, made];
      }),
    );
    this.root = buttonRow(label, [...this.#buttons.values()]);
  }

  show(present: unknown): void {
    for (const [value, made] of this.#buttons) {
      setAria(made, "pressed", value === present);
    }
  }

  /** The value that comes next, of those that can be chosen; after the last one, the
   * first. */
  after(present: unknown): Value | undefined {
    const values = [...this.#buttons.keys()].filter(
      (value) => !this.#buttons.get(value)?.disabled,
    );
    return values[(values.indexOf(present as Value) + 1) % values.length];
  }
}
