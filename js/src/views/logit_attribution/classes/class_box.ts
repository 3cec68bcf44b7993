import { ClassBox } from "../../../core/classes/class_box";
import type { Attribution } from "../attribution";
import type { Quantity } from "../quantity";
import { WORDS } from "../words";
import { choosable, withTarget, withVersus } from "./choices";

type Place = "target" | "versus";

const CHANGES = { target: withTarget, versus: withVersus } as const;

/** A box for the class whose logit is taken apart, or for the one that it is compared
 * with. */
export function classBox(view: Attribution, place: Place): ClassBox {
  const { classes, output, readable } = view.facts;
  const change = CHANGES[place];
  const isSaved = readable.length > 0;
  const choosableClasses = {
    ...classes,
    likely: [...output.classes],
    readable: () => (isSaved ? choosable(view.facts, now(view), change) : []),
  };
  return new ClassBox(view, WORDS[place], choosableClasses, (index) => {
    view.act(WORDS.acts[place], change(now(view), index));
  });
}

/** What is taken apart, as the settings say. */
export function now({ settings }: Pick<Attribution, "settings">): Quantity {
  return {
    target: settings.get("target"),
    versus: settings.get("versus"),
    measure: settings.get("measure"),
  };
}
