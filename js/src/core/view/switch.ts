import type { Scope } from "../dispose";
import { element } from "../dom";
import type { Sync } from "../sync";
import { buttonRow } from "./button_row";
import { VIEW_WORDS as WORDS } from "./words";

/** What a switch needs of the view that it belongs to. */
interface Switched<State extends object, Writable extends string & keyof State> {
  readonly scope: Scope;
  readonly settings: Sync<State, Writable>;
  act(verb: string, changes: Partial<Pick<State, Writable>>): void;
}

/** A setting with a few values, as a row of buttons. */
export class Switch<
  State extends object,
  Writable extends string & keyof State,
  Name extends Writable,
> {
  readonly root: HTMLElement;
  readonly #view: Switched<State, Writable>;
  readonly #name: Name;
  #fixed = false;
  readonly #buttons: readonly (readonly [State[Name] & string, HTMLButtonElement])[];

  constructor(
    view: Switched<State, Writable>,
    name: Name,
    label: string,
    options: Readonly<Partial<Record<State[Name] & string, string>>>,
  ) {
    this.#view = view;
    this.#name = name;
    const values = Object.entries(options) as [State[Name] & string, string][];
    this.#buttons = values.map(([value, text]) => {
      const attributes = { class: "vw-button", "data-value": value };
      const button = element("button", attributes, [text]);
      view.scope.listen(button, "click", () => this.#choose(value));
      return [value, button] as const;
    });
    this.root = buttonRow(
      label,
      this.#buttons.map(([, button]) => button),
    );
  }

  /** Change to the next value. */
  flip(): void {
    const present = this.#view.settings.get(this.#name);
    const at = this.#buttons.findIndex(([value]) => value === present);
    const next = this.#buttons[(at + 1) % this.#buttons.length];
    if (next) this.#choose(next[0]);
  }

  /** @param fixed what holds at present whatever is chosen, and why */
  update(fixed: { value: State[Name]; why: string } | null = null): void {
    const present = fixed ? fixed.value : this.#view.settings.get(this.#name);
    this.#fixed = fixed !== null;
    this.root.title = fixed?.why ?? "";
    for (const [value, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(value === present));
      // Not disabled: the focus stays, and a screen reader comes by.
      if (fixed) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  #choose(value: State[Name]): void {
    if (this.#fixed) return;
    const changes: Partial<Pick<State, Writable>> = {};
    changes[this.#name] = value;
    this.#view.act(WORDS.change, changes);
  }
}
