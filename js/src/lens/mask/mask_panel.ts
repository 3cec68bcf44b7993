import { element, group } from "../../core/dom";
import type { Lens, Panel } from "../lens";
import { FitChart } from "./fit_chart";
import { KnownObjects } from "./known_objects";
import { MASK_WORDS as WORDS } from "./words";

/** The set of classes whose patches the mask shows, and how well it fits what is known
 * to be in the picture.
 *
 * @param choosing shows what is in the set, and lets a person change it
 */
export function maskPanel(lens: Lens, choosing: Panel): Panel {
  const objects = new KnownObjects(lens);
  const fit = new FitChart(lens, objects);
  const explanation = element("p", [lens.words.mask.explanation]);
  const title = element("div.vw-heading", [WORDS.panel]);
  const parts = [title, explanation, choosing.root, objects.root, fit.root];
  const root = group("div.vw-panel.vw-mask", WORDS.panel, parts);
  return {
    root,
    update(changed) {
      if (changed.has("facts")) fit.forget();
      root.hidden = lens.settings.get("mode") !== "mask";
      if (root.hidden) return;
      choosing.update(changed);
      objects.update(changed.has("sprites"));
      fit.update();
    },
  };
}
