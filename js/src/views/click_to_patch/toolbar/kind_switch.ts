import { clamp } from "../../../core/grid";
import { Switch } from "../../../core/view/switch";
import { limitsOf } from "../edits/strength_limits";
import type { Settings } from "../facts";
import type { Patcher } from "../patcher";
import { KIND_NAMES, notHeld } from "../words";
import * as WORDS from "./words";

/** What the next edit puts in a place. A strength that the kind can't have comes within
 * its limits, in the same act. */
export function kindSwitch(view: Patcher) {
  const { scope, settings } = view;
  const act = (verb: string, changes: Partial<Settings>) =>
    view.act(verb, { ...changes, ...fitting(settings.get("strength"), changes.kind) });
  const kinds = new Switch({ scope, settings, act }, "kind", WORDS.kind, KIND_NAMES);
  for (const button of kinds.root.querySelectorAll("button")) {
    const kind = button.dataset.value as Settings["kind"];
    button.disabled = !view.requests.holds("predict", { of: kind });
    button.title = button.disabled ? notHeld : WORDS.kindHints[kind];
  }
  return kinds;
}

/** The strength that goes with a kind; nothing where the present one does. */
export function fitting(
  strength: number,
  kind: Settings["kind"] | undefined,
): { strength?: number } {
  if (!kind) return {};
  const { low, high } = limitsOf(kind).slider;
  const fits = clamp(strength, low, high);
  return fits === strength ? {} : { strength: fits };
}
