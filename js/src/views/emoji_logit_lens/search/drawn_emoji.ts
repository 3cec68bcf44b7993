import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { Lens } from "../../../lens/lens";

/** An emoji in a line of a list that is made anew each time. */
export function drawnEmoji(lens: Lens, emoji: string): HTMLElement {
  const sign = new EmojiSign(lens.emoji, 16);
  sign.show(emoji);
  return sign.root;
}
