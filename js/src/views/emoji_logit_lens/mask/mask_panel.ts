import { ClassOptions } from "../../../core/classes/class_options";
import { ComboBox } from "../../../core/classes/combo_box";
import { element } from "../../../core/dom";
import type { Lens, Panel } from "../lens";
import { drawnEmoji } from "../search/drawn_emoji";
import { searchedClasses } from "../search/searched_classes";
import { withClasses } from "./class_set";
import { FitChart } from "./fit_chart";
import { KnownObjects } from "./known_objects";
import { MaskChips } from "./mask_chips";
import { MaskOptions } from "./mask_options";
import { MASK_WORDS as WORDS } from "./words";

/** The set of classes whose patches the mask shows, and how well it fits what is known
 * to be in the picture. */
export function maskPanel(lens: Lens): Panel {
  const { facts, settings } = lens;
  const chips = new MaskChips(lens);
  const objects = new KnownObjects(lens);
  const fit = new FitChart(lens, objects);
  const mark = (emoji: string) => drawnEmoji(lens, emoji);
  // Patches say their likeliest class in any page: no map of a class is needed here.
  const classes = new ClassOptions(searchedClasses(facts, []), mark);
  const options = new MaskOptions(facts, classes, mark);
  const box = new ComboBox<readonly number[]>(lens.scope, {
    label: WORDS.add,
    hint: WORDS.hint,
    find: (text) => options.find(text),
    choose: (added) => {
      const mask = withClasses(settings.get("mask"), added);
      lens.act(WORDS.acts.add, { mask });
    },
  });
  const label = element("span.vw-label", { "aria-hidden": "true" }, [WORDS.add]);
  const add = element("div.vw-class-box", [label, box.root]);
  const explanation = element("p", [WORDS.explanation]);
  const title = element("div.vw-heading", [WORDS.panel]);
  const group = { class: "vw-panel vw-mask", role: "group", "aria-label": WORDS.panel };
  const parts = [title, explanation, chips.root, add, objects.root, fit.root];
  const root = element("div", group, parts);
  return {
    root,
    update(changed) {
      root.hidden = settings.get("mode") !== "mask";
      if (root.hidden) return;
      const anew = changed.has("sprites");
      if (anew || changed.has("mask") || changed.has("mode")) chips.update();
      objects.update(anew);
      fit.update();
    },
  };
}
