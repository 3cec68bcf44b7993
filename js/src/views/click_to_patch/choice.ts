import type { Scope } from "../../core/dispose";
import { ButtonChoice } from "../../core/view/buttons";

/** One of a few values, as a row of buttons: how something is done, which is not undone.
 *
 * @param chosen called after a change
 */
export function choiceOf<Value extends string>(
  scope: Scope,
  label: string,
  options: Readonly<Record<Value, string>>,
  present: Value,
  chosen: () => void,
) {
  let value = present;
  const choose = (to: Value) => {
    value = to;
    buttons.show(to);
    chosen();
  };
  const texts = Object.entries(options) as [Value, string][];
  const buttons = new ButtonChoice(scope, label, texts, choose);
  buttons.show(present);
  return {
    root: buttons.root,
    value: () => value,
    /** Change to the next value. */
    flip: () => choose(buttons.after(value) ?? value),
  };
}
