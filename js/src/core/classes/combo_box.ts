import type { Scope } from "../dispose";
import { element, setAria, setText } from "../dom";
import { shieldKeys } from "../keyboard";

/** One thing that can be chosen. */
export interface Option<Value> {
  value: Value;
  /** Its emoji, drawn. */
  mark: HTMLElement;
  name: string;
  /** What tells it from others of this name. */
  note: string;
}

/** What fits a text. */
export interface Found<Value> {
  groups: readonly { heading: string; options: readonly Option<Value>[] }[];
  /** What Enter chooses while no option is walked to; null when that would be a guess. */
  sure: Option<Value> | null;
  /** A sentence about what was found. */
  say: string;
}

interface Parts<Value> {
  label: string;
  hint: string;
  find: (text: string) => Found<Value>;
  choose: (value: Value) => void;
}

/** Makes the ids of one box unlike those of all others in a page. */
let boxes = 0;

/** A text box that lists what fits while one types (the WAI-ARIA pattern "combobox"). */
export class ComboBox<Value> {
  readonly root: HTMLElement;
  readonly #parts: Parts<Value>;
  readonly #id = `vw-combo-${boxes++}-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #popup: HTMLElement;
  /** What was found, in words: to be read in the list, and to be heard. */
  readonly #summary = element("p.vw-combo-summary", {
    "aria-hidden": "true",
  });
  readonly #report = element("span.vw-hidden", { role: "status" });
  /** What the box says while nobody types in it. */
  #agreed = "";
  #found: Found<Value> | null = null;
  #items: readonly (readonly [Option<Value>, HTMLElement])[] = [];
  #active = -1;

  constructor(scope: Scope, parts: Parts<Value>) {
    this.#parts = parts;
    this.#input = element("input.vw-search", {
      type: "text",
      role: "combobox",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: parts.hint,
      "aria-label": parts.label,
      "aria-autocomplete": "list",
      "aria-expanded": "false",
      "aria-controls": this.#id,
    });
    this.#list = element("div.vw-combo-list", {
      id: this.#id,
      role: "listbox",
      "aria-label": parts.label,
    });
    const popup = { class: "vw-combo-popup", hidden: "" };
    this.#popup = element("div", popup, [this.#summary, this.#list]);
    this.root = element("div.vw-combo", [this.#input, this.#popup, this.#report]);
    this.#listen(scope);
  }

  /** What is chosen at present, in words; a text that is being typed stays. */
  show(text: string): void {
    if (text === this.#agreed) return;
    this.#agreed = text;
    if (this.#found === null) this.#input.value = text;
  }

  focus(): void {
    this.#input.focus();
  }

  #listen(scope: Scope): void {
    const [input, popup] = [this.#input, this.#popup];
    scope.listen(input, "input", () => this.#open());
    scope.listen(input, "click", () => {
      if (this.#found !== null) return;
      input.select();
      this.#open("");
    });
    scope.listen(input, "blur", () => this.#close());
    scope.listen(input, "keydown", (event) => this.#key(event));
    // Letters and arrows are the view's commands everywhere but in a text.
    shieldKeys(input, scope);
    // The focus stays in the text, where a person goes on typing.
    scope.listen(popup, "mousedown", (event) => event.preventDefault());
    scope.listen(popup, "click", ({ target }) => {
      const clicked = this.#items.find(([, item]) => item.contains(target as Node));
      if (clicked) this.#choose(clicked[0]);
    });
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === "Escape" && this.#found !== null) {
      event.stopPropagation(); // it closes this list, and nothing around it
      this.#close();
    } else if (event.key === "Enter") {
      const chosen = this.#items[this.#active]?.[0] ?? this.#found?.sure;
      if (chosen) this.#choose(chosen);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (this.#found === null) this.#open("");
      else this.#walk(event.key === "ArrowDown" ? 1 : -1);
    }
  }

  #open(text = this.#input.value): void {
    const found = this.#parts.find(text);
    this.#found = found;
    const items: (readonly [Option<Value>, HTMLElement])[] = [];
    const groups = found.groups.map(({ heading, options }) => {
      const said = { class: "vw-combo-heading", "aria-hidden": "true" };
      const title = element("div", said, [heading]);
      const rows = options.map((option) => {
        const item = this.#item(option, items.length);
        items.push([option, item]);
        return item;
      });
      const group = { role: "group", "aria-label": heading };
      return element("div", group, [title, ...rows]);
    });
    this.#items = items;
    this.#list.replaceChildren(...groups);
    this.#list.scrollTop = 0;
    this.#popup.hidden = items.length === 0 && found.say === "";
    setAria(this.#input, "expanded", items.length > 0);
    this.#activate(-1);
    setText(this.#summary, found.say);
    setText(this.#report, found.say);
  }

  #item({ mark, name, note }: Option<Value>, at: number): HTMLElement {
    const attributes = {
      class: "vw-combo-option",
      id: `${this.#id}-${at}`,
      role: "option",
      "aria-selected": "false",
    };
    const text = element("span.vw-combo-name", [name]);
    const aside = element("span.vw-muted", [note]);
    return element("div", attributes, [mark, text, aside]);
  }

  #walk(step: number): void {
    const count = this.#items.length;
    if (count === 0) return;
    const from = this.#active < 0 && step < 0 ? 0 : this.#active;
    this.#activate((from + step + count) % count);
  }

  #activate(at: number): void {
    this.#active = at;
    for (const [index, [, item]] of this.#items.entries()) {
      setAria(item, "selected", index === at);
    }
    const item = this.#items[at]?.[1];
    if (!item) {
      this.#input.removeAttribute("aria-activedescendant");
      return;
    }
    setAria(this.#input, "activedescendant", item.id);
    // Not `scrollIntoView`: it would move the page as well.
    const [top, bottom] = [item.offsetTop, item.offsetTop + item.offsetHeight];
    const { scrollTop, clientHeight } = this.#list;
    if (top < scrollTop) this.#list.scrollTop = top;
    else if (bottom > scrollTop + clientHeight)
      this.#list.scrollTop = bottom - clientHeight;
  }

  #choose(option: Option<Value>): void {
    this.#close();
    this.#parts.choose(option.value);
  }

  #close(): void {
    this.#found = null;
    this.#items = [];
    this.#active = -1;
    this.#popup.hidden = true;
    this.#list.replaceChildren();
    setAria(this.#input, "expanded", "false");
    this.#input.removeAttribute("aria-activedescendant");
    this.#input.value = this.#agreed;
    setText(this.#report, "");
  }
}
