import type { Scope } from "../../../core/dispose";
import { element, setText } from "../../../core/dom";
import { belongsOutside } from "../../../core/keyboard";
import { STOPS_WORDS as WORDS } from "./stops_words";

/** As tour files have them at most. */
const LONGEST_TITLE = 120;
const LONGEST_TEXT = 2_000;

/** Where a person writes what a new stop says. */
export class StopForm {
  readonly root: HTMLElement;
  readonly #title = element("input", {
    type: "text",
    class: "vw-stop-field",
    maxlength: String(LONGEST_TITLE),
    autocomplete: "off",
  });
  readonly #text = element("textarea", {
    class: "vw-stop-field",
    rows: "2",
    maxlength: String(LONGEST_TEXT),
  });
  readonly #trouble = element("p", { class: "vw-stop-trouble", role: "status" });
  readonly #add: (title: string, text: string) => void;
  readonly #closed: () => void;

  /**
   * @param handlers.add takes what was written; called when neither is empty
   * @param handlers.closed called when the form went away, whyever
   */
  constructor(
    scope: Scope,
    handlers: { add: (title: string, text: string) => void; closed: () => void },
  ) {
    this.#add = handlers.add;
    this.#closed = handlers.closed;
    const save = element("button", { class: "vw-button" }, [WORDS.save]);
    const cancel = element("button", { class: "vw-button" }, [WORDS.cancel]);
    const group = {
      class: "vw-stop-form",
      role: "group",
      "aria-label": WORDS.form,
      hidden: "",
    };
    this.root = element("div", group, [
      element("p", { class: "vw-label" }, [WORDS.form]),
      labelled(WORDS.title, this.#title),
      labelled(WORDS.text, this.#text),
      element("div", { class: "vw-stops-bar" }, [save, cancel, this.#trouble]),
    ]);
    scope.listen(save, "click", () => this.#save());
    scope.listen(cancel, "click", () => this.close());
    scope.listen(this.root, "keydown", (event) => this.#key(event));
  }

  open(): void {
    this.root.hidden = false;
    this.#title.focus();
  }

  close(): void {
    if (this.root.hidden) return;
    this.root.hidden = true;
    this.#title.value = "";
    this.#text.value = "";
    setText(this.#trouble, "");
    this.#closed();
  }

  #save(): void {
    const [title, text] = [this.#title.value.trim(), this.#text.value.trim()];
    if (title === "" || text === "") {
      setText(this.#trouble, WORDS.missing);
      (title === "" ? this.#title : this.#text).focus();
      return;
    }
    this.#add(title, text);
    this.close();
  }

  #key(event: KeyboardEvent): void {
    if (event.key === "Escape") this.close();
    if (event.key === "Enter" && event.target === this.#title) this.#save();
    // Letters are the view's commands everywhere but in a text, and a cell that is run
    // from a text would take the text with it.
    if (!belongsOutside(event) || event.key === "Enter") event.stopPropagation();
  }
}

function labelled(text: string, field: HTMLElement): HTMLElement {
  const label = element("span", { class: "vw-label" }, [text]);
  return element("label", { class: "vw-stop-label" }, [label, field]);
}
