import type { Scope } from "./dispose";
import { element, setText } from "./dom";
import { shieldKeys } from "./keyboard";

const SHOWN_FOR = 2_000;

/** A button that copies a text; where the clipboard is closed (pages over plain http,
 * frames without permission) the text opens in a box, to be copied by hand. */
export class CopyButton {
  readonly root: HTMLElement;
  readonly box: HTMLElement;
  readonly #scope: Scope;
  readonly #button: HTMLButtonElement;
  readonly #area: HTMLTextAreaElement;
  readonly #report = element("span.vw-hidden", { role: "status" });
  readonly #words: { label: string; done: string };
  #stopReport: () => void = () => undefined;

  constructor(
    scope: Scope,
    text: () => string,
    words: { label: string; done: string; byHand: string },
  ) {
    this.#scope = scope;
    this.#words = words;
    const attributes = {
      class: "vw-button",
      "aria-label": words.label,
    };
    this.#button = element("button", attributes, [words.label]);
    this.root = element("span.vw-copy", [this.#button, this.#report]);
    this.#area = element("textarea.vw-code", {
      readonly: "",
      "aria-label": words.label,
    });
    const hint = element("p", [words.byHand]);
    this.box = element("div.vw-code-box", { hidden: "" }, [hint, this.#area]);
    scope.listen(this.#button, "click", () => void this.#copy(text()));
    // Letters are the view's commands everywhere but in a text.
    shieldKeys(this.#area, scope);
  }

  closeBox(): void {
    if (this.box.hidden) return;
    this.box.hidden = true;
    this.#button.focus();
  }

  async #copy(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#area.value = text;
      this.box.hidden = false;
      this.#area.focus();
      this.#area.select();
      return;
    }
    this.box.hidden = true;
    this.#say(this.#words.done);
  }

  #say(done: string): void {
    setText(this.#button, done);
    setText(this.#report, done);
    this.#stopReport();
    this.#stopReport = this.#scope.after(SHOWN_FOR, () => {
      setText(this.#button, this.#words.label);
      setText(this.#report, "");
    });
  }
}
