import { type Answer, DetachedError, type Requests } from "../requests";
import type { EmojiPainter } from "./emoji_painter";

/** What is on a sheet of square drawings, in reading order. */
export interface SpriteIndex {
  emoji: string[];
  /** Drawings in a row. */
  columns: number;
  /** Side of a drawing, in pixels. */
  size: number;
}

/** Gets the drawings that a painter lacks from the kernel: one sheet has all that a view
 * can show. */
export class SpriteSupply {
  readonly #painter: Pick<EmojiPainter, "needs" | "addSheet">;
  readonly #requests: Pick<Requests, "ask">;
  readonly #handlers: { came: () => void; failed: (error: unknown) => void };
  #asked = false;

  /**
   * @param handlers.came called when more emoji can be drawn than before
   * @param handlers.failed called with why some will stay discs
   */
  constructor(
    painter: Pick<EmojiPainter, "needs" | "addSheet">,
    requests: Pick<Requests, "ask">,
    handlers: { came: () => void; failed: (error: unknown) => void },
  ) {
    this.#painter = painter;
    this.#requests = requests;
    this.#handlers = handlers;
  }

  /** Ask for the sheet, once, if any of these can't be drawn. What failed is not asked for
   * again, but for what was wanted while the kernel was gone. */
  async want(emoji: readonly string[]): Promise<void> {
    if (this.#asked) return;
    this.#asked = true;
    if (this.#painter.needs(emoji).length === 0) return;
    try {
      const { bytes, index } = sheetOf(await this.#requests.ask("sprites", {}));
      await this.#painter.addSheet(bytes, index);
    } catch (error) {
      if (error instanceof DetachedError) this.#asked = false;
      else this.#handlers.failed(error);
      return;
    }
    this.#handlers.came();
  }
}

/** The sheet in the kernel's answer. */
export function sheetOf({ result, arrays }: Answer): {
  bytes: Uint8Array;
  index: SpriteIndex;
} {
  const values = arrays.find(({ name }) => name === "sheet")?.values;
  const { emoji, columns, size } = result as Partial<SpriteIndex>;
  if (!(values instanceof Uint8Array) || !Array.isArray(emoji) || !columns || !size) {
    throw new Error("an answer without a sheet of emoji came");
  }
  return { bytes: values, index: { emoji, columns, size } };
}
