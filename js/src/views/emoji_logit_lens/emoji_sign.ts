import { element } from "../../core/dom";
import { contextOf } from "../../core/painter";
import type { Lens } from "./lens";

/** An emoji among text: drawn, as the page's fonts may lack it. */
export class EmojiSign {
  readonly root: HTMLCanvasElement;
  readonly #lens: Pick<Lens, "emoji">;
  readonly #size: number;
  #drawn = "";

  /** @param size in CSS pixels */
  constructor(lens: Pick<Lens, "emoji">, size: number) {
    this.#lens = lens;
    this.#size = size;
    this.root = element("canvas", { class: "vw-emoji", "aria-hidden": "true" });
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
    this.#lens.emoji.draw(contextOf(this.root), pixels, [cell]);
  }
}
