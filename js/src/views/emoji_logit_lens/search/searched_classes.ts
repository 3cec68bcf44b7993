import type { Classes } from "../../../core/classes/class_options";
import type { LensFacts } from "../../../lens/facts";

/** The model's classes as boxes look for them.
 *
 * @param readable those that can be shown; empty: all
 */
export function searchedClasses(facts: LensFacts, readable = facts.readable): Classes {
  return {
    ...facts.classes,
    likely: facts.output.map(({ target }) => target),
    readable: () => readable,
  };
}
