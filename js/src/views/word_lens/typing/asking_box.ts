import type { Scope } from "../../../core/dispose";
import { element, freshId, setAria, setText } from "../../../core/dom";
import { shieldKeys } from "../../../core/keyboard";
import { messageOf } from "../../../core/requests";
import { WORDS } from "../words";

interface Parts {
  /** Of the box, to a screen reader. */
  label: string;
  hint: string;
  /** Of the button that takes what was typed. */
  take: string;
  rows: number;
  /** What is wrong, in words. */
  refused: (why: string) => string;
  /** Does what was typed, and says what there is to say of it.
   *
   * @throws with what is wrong; then what was typed stays
   */
  submit: (text: string) => Promise<{ text: string; say: string }>;
}

/** A text box whose text the kernel takes or refuses: what it has against it is said
 * beside it, and what was typed stays. */
export class AskingBox {
  readonly input: HTMLTextAreaElement;
  readonly button: HTMLButtonElement;
  /** What is wrong, and what is going on; what may be changed here is said in both. */
  readonly notes: readonly HTMLElement[];
  readonly #parts: Parts;
  readonly #trouble: HTMLElement;
  readonly #report = element("p.vw-muted", { role: "status", hidden: "" });
  #busy = false;

  constructor(scope: Scope, parts: Parts) {
    this.#parts = parts;
    const id = freshId("trouble");
    this.#trouble = element("p.vw-words-trouble", { id, role: "alert", hidden: "" });
    this.input = element("textarea.vw-search", {
      rows: String(parts.rows),
      "aria-label": parts.label,
      "aria-describedby": id,
      placeholder: parts.hint,
      autocomplete: "off",
      autocapitalize: "off",
      spellcheck: "false",
    });
    this.button = element("button.vw-button", [parts.take]);
    this.notes = [this.#trouble, this.#report];
    // Letters and arrows are the view's commands everywhere but in a text.
    shieldKeys(this.input, scope);
    scope.listen(this.button, "click", () => void this.submit());
    scope.listen(this.input, "input", () => this.#say("", ""));
  }

  /** Why nothing can be typed at present; null when it can. */
  fix(why: string | null): void {
    this.input.disabled = why !== null;
    this.button.disabled = why !== null;
    this.input.placeholder = why === null ? this.#parts.hint : "";
    this.input.title = why ?? "";
  }

  async submit(text = this.input.value): Promise<void> {
    if (this.#busy) return;
    this.#setBusy(true);
    try {
      const done = await this.#parts.submit(text);
      this.#setBusy(false);
      // What was typed while the kernel read is kept.
      if (this.input.value === text) this.input.value = done.text;
      this.#say("", done.say);
    } catch (error) {
      this.#setBusy(false);
      this.#say(this.#parts.refused(messageOf(error)), "");
    }
  }

  #setBusy(busy: boolean): void {
    this.#busy = busy;
    setAria(this.input, "busy", busy);
    if (busy) this.#say("", WORDS.asking);
  }

  #say(trouble: string, report: string): void {
    for (const [note, text] of [
      [this.#trouble, trouble],
      [this.#report, report],
    ] as const) {
      setText(note, text);
      note.hidden = text === "";
    }
    setAria(this.input, "invalid", trouble !== "");
  }
}
