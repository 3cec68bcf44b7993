import { EmojiPainter } from "../../core/emoji/emoji_painter";
import { sheetOf } from "../../core/emoji/sprites";
import { DetachedError, messageOf } from "../../core/requests";
import type { Lens } from "./lens";
import { WORDS } from "./words";

type Viewed = Pick<Lens, "facts" | "requests" | "invalidate" | "alert" | "scope">;

/** Draws emoji, and gets the drawings of those that the page's fonts lack: all that this
 * model's classes have, in one sheet. */
export class Sprites {
  readonly painter = new EmojiPainter();
  readonly #view: Viewed;
  #asked = false;

  constructor(view: Viewed) {
    this.#view = view;
    view.scope.onDispose(() => this.painter.dispose());
  }

  /** Ask for the sheet, once, if any emoji can't be drawn. */
  async want(): Promise<void> {
    const { facts, requests } = this.#view;
    if (this.#asked) return;
    this.#asked = true;
    const kinds = facts.superclasses.map(({ emoji }) => emoji);
    if (this.painter.needs([...facts.emoji, ...kinds]).length === 0) return;
    try {
      const { bytes, index } = sheetOf(await requests.ask("sprites", {}));
      await this.painter.addSheet(bytes, index);
    } catch (error) {
      this.#fail(error);
    }
    this.#view.invalidate("sprites");
  }

  #fail(error: unknown): void {
    // The kernel may come back, and is asked again then.
    if (error instanceof DetachedError) this.#asked = false;
    else this.#view.alert(WORDS.notLoaded(WORDS.sprites, messageOf(error)));
  }
}
