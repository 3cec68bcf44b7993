import { setAria } from "../core/dom";
import { buttonRow } from "../core/view/button_row";
import { button } from "../core/view/buttons";
import type { Lens } from "./lens";

/** Buttons that choose what belongs to the person who looks, not to the state of the lens;
 * the first one is pressed at first.
 *
 * @param names of the values, in their order
 */
export function ownChoice<Value extends string>(
  { scope }: Pick<Lens, "scope">,
  label: string,
  names: Readonly<Record<Value, string>>,
  choose: (value: Value) => void,
): HTMLElement {
  const press = (pressed: number) => {
    for (const [at, each] of buttons.entries())
      setAria(each, "pressed", at === pressed);
  };
  const values = Object.entries(names) as [Value, string][];
  const buttons = values.map(([value, name], at) =>
    button(scope, [name], () => {
      press(at);
      choose(value);
    }),
  );
  press(0);
  return buttonRow(label, buttons);
}
