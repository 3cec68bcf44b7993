import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { ButtonChoice } from "../../../core/view/buttons";
import { VIEW_WORDS } from "../../../core/view/words";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** Which donor the next edit takes its values from; hidden where there is but one. */
export function donorButtons(view: Patcher) {
  const { classes, donors } = view.facts;
  const signs = donors.map(() => new EmojiSign(view.emoji, 16));
  const options = donors.map(
    ({ name }, at) => [name, signs[at]?.root ?? "", name] as const,
  );
  const choose = (source: string) => view.act(VIEW_WORDS.change, { source });
  const choice = new ButtonChoice(view.scope, WORDS.donor, options, choose);
  choice.root.hidden = donors.length < 2;
  return {
    root: choice.root,
    /** Change to the next donor. */
    flip() {
      const next = choice.after(view.settings.get("source"));
      if (next !== undefined) choose(next);
    },
    /** @param anew more emoji can be drawn than before */
    update(anew: boolean) {
      choice.show(view.settings.get("source"));
      for (const [at, { top }] of donors.entries()) {
        signs[at]?.show(classes.emoji[top] ?? "", anew);
      }
    },
  };
}
