import { classEmoji, className } from "../../core/classes/class_facts";
import { element } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import { type Lens, layerName, type Panel } from "../../lens/lens";
import { tokenOfOutput } from "../../lens/readout/output_token";
import { WORDS as LENS_WORDS } from "../../lens/words";
import { WORDS } from "./words";

/** How many of the model's likeliest classes are named. */
const NAMED = 3;

/** What the model itself answers, and which token says just that. */
export function outputPanel(lens: Lens): Panel {
  const { facts } = lens;
  const named = facts.output.slice(0, NAMED).map(({ target, probability }) => {
    const sign = new EmojiSign(lens.emoji, 18);
    const says = LENS_WORDS.says(
      className(facts.classes, target),
      LENS_WORDS.percent(probability),
    );
    const root = element("li", [sign.root, says]);
    return {
      root,
      show: (anew: boolean) => sign.show(classEmoji(facts.classes, target), anew),
    };
  });
  const token = tokenOfOutput(facts);
  const sentence =
    token === null
      ? []
      : [
          element("p.vw-muted", [
            LENS_WORDS.sameAs(facts.grid.name(token), layerName(facts.layers - 1)),
          ]),
        ];
  const list = element(
    "ul.vw-output",
    named.map(({ root }) => root),
  );
  const title = element("div.vw-heading", [WORDS.output]);
  const group = { class: "vw-panel", role: "group", "aria-label": WORDS.output };
  return {
    root: element("div", group, [title, list, ...sentence]),
    update(changed) {
      for (const { show } of named) show(changed.has("sprites"));
    },
  };
}
