import { classEmoji, className } from "../../../core/classes/class_facts";
import { ClassOptions } from "../../../core/classes/class_options";
import { ComboBox } from "../../../core/classes/combo_box";
import { CLASS_WORDS } from "../../../core/classes/words";
import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { chooseClass, clearClass, type Place } from "../../../lens/chosen_class";
import type { Lens, Panel } from "../../../lens/lens";
import { drawnEmoji } from "./drawn_emoji";
import { searchedClasses } from "./searched_classes";
import { SEARCH_WORDS as WORDS } from "./words";

/** Two boxes in which a person looks for the class that is shown, and for the one that it
 * is compared with. */
export function searchPanel(lens: Lens): Panel {
  const { facts, settings, scope } = lens;
  const options = new ClassOptions(searchedClasses(facts), (emoji) =>
    drawnEmoji(lens, emoji),
  );
  const boxes = [
    classBox(lens, options, "target"),
    classBox(lens, options, "versus"),
  ] as const;
  const swap = button(WORDS.swap, WORDS.swapTitle);
  scope.listen(swap, "click", () => {
    const [target, versus] = [settings.get("target"), settings.get("versus")];
    lens.act(WORDS.acts.swap, { target: versus, versus: target });
  });
  const group = { class: "vw-class-search", role: "group", "aria-label": WORDS.panel };
  return {
    root: element("div", group, [...boxes.map(({ root }) => root), swap]),
    update(changed) {
      for (const box of boxes) box.update(changed.has("sprites"));
      swap.hidden = settings.get("target") < 0 || settings.get("versus") < 0;
    },
  };
}

function classBox(
  lens: Lens,
  options: ClassOptions,
  place: Place,
): { root: HTMLElement; update(anew: boolean): void } {
  const sign = new EmojiSign(lens.emoji, 18);
  const box = new ComboBox<number>(lens.scope, {
    label: WORDS[place],
    hint: CLASS_WORDS.hint,
    find: (text) => options.find(text),
    choose: (index) => choose(lens, place, index),
  });
  const clear = button("✕", WORDS.clear[place]);
  lens.scope.listen(clear, "click", () => {
    clearClass(lens, WORDS.acts.clear, place);
    box.focus();
  });
  const label = element("span.vw-label", { "aria-hidden": "true" }, [WORDS[place]]);
  const parts = [label, sign.root, box.root, clear];
  return {
    root: element("div.vw-class-box", parts),
    update(anew) {
      const chosen = lens.settings.get(place);
      box.show(className(lens.facts.classes, chosen));
      sign.show(classEmoji(lens.facts.classes, chosen), anew);
      sign.root.hidden = chosen < 0;
      clear.hidden = chosen < 0;
    },
  };
}

function choose(lens: Lens, place: Place, index: number): void {
  if (place === "versus" && lens.settings.get("target") < 0) {
    lens.alert(WORDS.needsTarget);
    return;
  }
  chooseClass(lens, WORDS.acts[place], place, index);
}

function button(text: string, title: string): HTMLButtonElement {
  const attributes = { class: "vw-button", "aria-label": title, title };
  return element("button", attributes, [text]);
}
