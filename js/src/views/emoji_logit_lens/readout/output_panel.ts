import { classEmoji, className } from "../../../core/classes/class_facts";
import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { LensFacts } from "../facts";
import { type Lens, layerName, type Panel } from "../lens";
import { WORDS } from "../words";

/** How many of the model's likeliest classes are named. */
const NAMED = 3;

/** What the model itself answers, and which token says just that. */
export function outputPanel(lens: Lens): Panel {
  const { facts } = lens;
  const named = facts.output.slice(0, NAMED).map(({ target, probability }) => {
    const sign = new EmojiSign(lens.emoji, 18);
    const says = WORDS.says(
      className(facts.classes, target),
      WORDS.percent(probability),
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
            WORDS.sameAs(facts.grid.name(token), layerName(facts.layers - 1)),
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

/** The prefix token whose last readout is the model's output; null where there is none:
 * the model takes the mean of several, or its opening lens is not the model's own. */
export function tokenOfOutput({
  opening,
  output,
  grid,
  layers,
}: Pick<LensFacts, "opening" | "output" | "grid" | "layers">): number | null {
  if (opening.lens !== "plain") return null;
  const { readings } = opening;
  const same = (token: number) =>
    output.every(
      ({ target, probability }, k) =>
        readings.top(layers - 1, token, k) === target &&
        Math.abs(readings.probability(layers - 1, token, k) - probability) < 1e-3,
    );
  const found = grid.prefixNames.findIndex((_, token) => same(token));
  return found < 0 || output.length > readings.tops ? null : found;
}
