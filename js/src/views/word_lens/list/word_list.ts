import { element } from "../../../core/dom";
import { Rover } from "../../../core/rove";
import type { WordChanges } from "../word_changes";
import type { WordLens } from "../word_lens";
import { WORDS } from "../words";
import { WordEntry } from "./word_entry";

/** The words, each with what the picture as a whole says of it; arrow keys walk them. */
export class WordList {
  readonly root = element("ul.vw-word-list", { "aria-label": WORDS.list });
  readonly #lens: WordLens;
  readonly #changes: WordChanges;
  readonly #rover: Rover;
  readonly #leave: () => void;
  #entries: WordEntry[] = [];

  /** @param leave takes the focus where no word is left to take it */
  constructor(lens: WordLens, changes: WordChanges, leave: () => void) {
    this.#lens = lens;
    this.#changes = changes;
    this.#leave = leave;
    this.#rover = new Rover(this.root, lens.scope);
  }

  /** @param anew more emoji can be drawn than before */
  update(anew: boolean): void {
    const words = this.#lens.settings.get("words");
    const present = this.#entries.map(({ word }) => word);
    if (words.join("\n") !== present.join("\n")) this.#arrange(words);
    for (const entry of this.#entries) entry.update(anew);
  }

  /** Entries of words that stay are kept, and with them the focus. */
  #arrange(words: readonly string[]): void {
    const focused = this.#entries.findIndex(({ root }) =>
      root.contains(document.activeElement),
    );
    const kept = new Map(this.#entries.map((entry) => [entry.word, entry]));
    this.#entries = words.map(
      (word) =>
        kept.get(word) ??
        new WordEntry(this.#lens, word, () => this.#changes.remove(word)),
    );
    for (const [word, { root }] of kept) if (!words.includes(word)) root.remove();
    for (const [at, { root }] of this.#entries.entries()) {
      if (this.root.children[at] !== root) {
        this.root.insertBefore(root, this.root.children[at] ?? null);
      }
    }
    this.#rover.arrange(this.#entries.map(({ buttons }) => buttons));
    if (focused < 0 || this.root.contains(document.activeElement)) return;
    const next = this.#entries[Math.min(focused, this.#entries.length - 1)];
    if (next) next.buttons[0].focus();
    else this.#leave();
  }
}
