import { element, UNHEARD } from "../dom";
import { contextOf } from "../painter";
import type { EmojiPainter } from "./emoji_painter";

/** An emoji among text: drawn, as the page's fonts may lack it. */
export class EmojiSign {
  readonly root = element("canvas.vw-emoji", UNHEARD);
  readonly #painter: Pick<EmojiPainter, "draw">;
  readonly #size: number;
  #drawn = "";

  /** @param size in CSS pixels */
  constructor(painter: Pick<EmojiPainter, "draw">, size: number) {
    this.#painter = painter;
    this.#size = size;
    this.root.style.width = `${size}px`;
    this.root.style.height = `${size}px`;
  }

  /** @param anew draw it though it is the same: its drawing has come, for example */
  show(emoji: string, anew = false): void {
    const pixels = Math.round(this.#size * devicePixelRatio);
    const drawn = `${emoji} ${pixels}`;
    if (drawn === this.#drawn && !anew) return;
    this.#drawn = drawn;
    this.root.width = pixels; // which clears it, too
    this.root.height = pixels;
    if (!emoji) return;
    const cell = { emoji, x: 0, y: 0, opacity: 1 };
    this.#painter.draw(contextOf(this.root), pixels, [cell]);
  }
}
