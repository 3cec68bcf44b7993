import { ClassOptions } from "../../../core/classes/class_options";
import { ComboBox } from "../../../core/classes/combo_box";
import { element } from "../../../core/dom";
import type { Lens, Panel } from "../../../lens/lens";
import { withClasses } from "../../../lens/mask/class_set";
import { MASK_WORDS } from "../../../lens/mask/words";
import { drawnEmoji } from "../search/drawn_emoji";
import { searchedClasses } from "../search/searched_classes";
import { MaskChips } from "./mask_chips";
import { MaskOptions } from "./mask_options";
import { CHOOSING_WORDS as WORDS } from "./words";

/** The classes that are in the mask, and a box in which others are looked for. */
export function maskChoosing(lens: Lens): Panel {
  const { facts, settings } = lens;
  const chips = new MaskChips(lens);
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
      lens.act(MASK_WORDS.acts.add, { mask });
    },
  });
  const label = element("span.vw-label", { "aria-hidden": "true" }, [WORDS.add]);
  const add = element("div.vw-class-box", [label, box.root]);
  return {
    root: element("div", [chips.root, add]),
    update(changed) {
      if (changed.has("sprites") || changed.has("mask") || changed.has("mode"))
        chips.update();
    },
  };
}
