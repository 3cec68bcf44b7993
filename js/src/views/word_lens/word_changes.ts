import { sameJson } from "../../core/json_values";
import type { WordLens } from "./word_lens";
import { WORDS } from "./words";

/** Numbers of words that settings hold, when the words are others.
 *
 * @param from the words that the numbers were of
 * @param to the words that they are to be of; a word that is gone has none
 */
export function followed(
  { target, versus, mask }: { target: number; versus: number; mask: readonly number[] },
  from: readonly string[],
  to: readonly string[],
): { target: number; versus: number; mask: number[] } {
  const after = (index: number) => to.indexOf(from[index] ?? "");
  const shown = target < 0 ? -1 : after(target);
  return {
    target: shown,
    // With nothing left to compare, the comparison goes, too.
    versus: shown < 0 || versus < 0 ? -1 : after(versus),
    mask: mask.map(after).filter((each) => each >= 0),
  };
}

/** Changes of words and of the sentences that they are put into. */
export class WordChanges {
  readonly #lens: WordLens;

  constructor(lens: WordLens) {
    this.#lens = lens;
  }

  /** Add words, when the kernel has read them.
   *
   * @throws with what the kernel has against them; then nothing has changed
   */
  async add(words: readonly string[]): Promise<void> {
    const { settings, requests } = this.#lens;
    const templates = settings.get("templates");
    const asked = [...settings.get("words"), ...words];
    await requests.ask("words", { words: asked, templates });
    const present = settings.get("words");
    const added = words.filter((each) => !present.includes(each));
    this.#lens.act(WORDS.acts.add, { words: [...present, ...added] });
  }

  /** Remove a word, which takes no asking. */
  remove(word: string): void {
    const { settings } = this.#lens;
    const present = settings.get("words");
    const words = present.filter((each) => each !== word);
    if (words.length === 0) {
      this.#lens.alert(WORDS.lastWord);
      return;
    }
    const numbers = {
      target: settings.get("target"),
      versus: settings.get("versus"),
      mask: settings.get("mask"),
    };
    const moved = Object.entries(followed(numbers, present, words)).filter(
      ([name, value]) => !sameJson(value, numbers[name as keyof typeof numbers]),
    );
    this.#lens.act(WORDS.acts.remove, { words, ...Object.fromEntries(moved) });
  }

  /** Put words into other sentences, when the kernel has read them.
   *
   * @throws with what the kernel has against them; then nothing has changed
   */
  async put(templates: readonly string[]): Promise<void> {
    const { settings, requests } = this.#lens;
    const words = settings.get("words");
    await requests.ask("words", { words, templates });
    this.#lens.act(WORDS.acts.sentences, { templates: [...templates] });
  }
}
