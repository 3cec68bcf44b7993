import { classEmoji } from "../../../core/classes/class_facts";
import { element, setAria, setText, UNHEARD } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { chooseClass, clearClass } from "../../../lens/chosen_class";
import { WORDS as LENS_WORDS } from "../../../lens/words";
import type { WordLens } from "../word_lens";
import { WORDS } from "../words";

/** One word: its mark, how like the picture it is, and buttons that show it, compare it
 * and remove it. */
export class WordEntry {
  readonly root: HTMLElement;
  readonly word: string;
  /** That which shows it, then that which compares, and that which removes. */
  readonly buttons: readonly [HTMLElement, HTMLElement, HTMLElement];
  readonly #lens: WordLens;
  readonly #sign: EmojiSign;
  readonly #bar = element("span.vw-top-share");
  readonly #share = element("span.vw-word-share");
  readonly #cosine = element("span.vw-muted");
  readonly #unknown = element("span.vw-word-unknown");

  /** @param remove removes the word */
  constructor(lens: WordLens, word: string, remove: () => void) {
    this.#lens = lens;
    this.word = word;
    this.#sign = new EmojiSign(lens.emoji, 20);
    const name = element("span.vw-word-name", [word]);
    const track = element("span.vw-top-bar", UNHEARD, [this.#bar]);
    const figures = element("span.vw-word-figures", [this.#share, this.#cosine]);
    const parts = [this.#sign.root, name, figures, track, this.#unknown];
    const shown = element("button.vw-word-shown", { title: word }, parts);
    const versus = smallButton(WORDS.versus, WORDS.compare(word));
    const removed = smallButton("✕", WORDS.remove(word));
    shown.addEventListener("click", (event) => {
      if (event.shiftKey) this.#compare();
      else this.#show();
    });
    versus.addEventListener("click", () => this.#compare());
    removed.addEventListener("click", remove);
    this.buttons = [shown, versus, removed];
    this.root = element("li.vw-word", this.buttons);
    this.root.addEventListener("keydown", (event) => {
      if (event.key !== "Delete" && event.key !== "Backspace") return;
      event.preventDefault();
      if (lens.fixed === null) remove();
    });
  }

  /** @param anew more emoji can be drawn than before */
  update(anew: boolean): void {
    const { facts, settings, classColours } = this.#lens;
    const index = facts.classes.names.indexOf(this.word);
    const [shown, versus, removed] = this.buttons;
    const [target, other] = [settings.get("target"), settings.get("versus")];
    const here = settings.get("words").indexOf(this.word);
    const share = facts.probabilities[index];
    const unknown = facts.unknown.includes(index);
    this.#sign.show(classEmoji(facts.classes, index), anew);
    this.#bar.style.width = `${100 * (share ?? 0)}%`;
    setText(this.#share, share === undefined ? "…" : LENS_WORDS.percent(share));
    const cosine = (facts.similarities[index] ?? 0).toFixed(3).replace("-", "−");
    setText(this.#cosine, index < 0 ? "" : WORDS.cosine(cosine));
    this.#bar.style.backgroundColor = classColours.cssOf(index);
    setText(this.#unknown, unknown ? WORDS.unknown : "");
    this.#unknown.hidden = !unknown;
    setAria(shown, "pressed", target === here);
    setAria(versus, "pressed", other === here);
    // Not disabled: the focus stays, and a click says what is to be done first.
    setAria(versus, "disabled", target < 0 || target === here);
    removed.hidden = this.#lens.fixed !== null;
  }

  get #index(): number {
    return this.#lens.settings.get("words").indexOf(this.word);
  }

  #show(): void {
    const { settings } = this.#lens;
    const [index, heat] = [this.#index, settings.get("mode") === "heat"];
    if (settings.get("target") === index && heat) {
      clearClass(this.#lens, WORDS.acts.clear, "target");
    } else if (settings.get("versus") === index) {
      // It can be compared with itself no longer.
      this.#lens.act(WORDS.acts.show, { target: index, versus: -1, mode: "heat" });
    } else chooseClass(this.#lens, WORDS.acts.show, "target", index);
  }

  #compare(): void {
    const { settings } = this.#lens;
    const index = this.#index;
    if (settings.get("target") < 0) this.#lens.alert(WORDS.needsTarget);
    else if (settings.get("versus") === index) {
      clearClass(this.#lens, WORDS.acts.clear, "versus");
    } else chooseClass(this.#lens, WORDS.acts.compare, "versus", index);
  }
}

function smallButton(text: string, title: string): HTMLButtonElement {
  return element("button.vw-button", { title, "aria-label": title }, [text]);
}
