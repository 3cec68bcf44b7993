import type { Scope } from "../dispose";
import { setAria } from "../dom";
import type { Sync } from "../sync";
import { ButtonChoice } from "./buttons";
import { VIEW_WORDS as WORDS } from "./words";

/** What a switch needs of the view that it belongs to. */
interface Switched<State extends object, Writable extends string & keyof State> {
  readonly scope: Scope;
  readonly settings: Pick<Sync<State, Writable>, "get">;
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
  readonly #choice: ButtonChoice<State[Name] & string>;
  #fixed = false;

  constructor(
    view: Switched<State, Writable>,
    name: Name,
    label: string,
    options: Readonly<Partial<Record<State[Name] & string, string>>>,
  ) {
    this.#view = view;
    this.#name = name;
    const values = Object.entries(options) as [State[Name] & string, string][];
    const choose = (value: State[Name]) => this.#choose(value);
    this.#choice = new ButtonChoice(view.scope, label, values, choose);
    this.root = this.#choice.root;
  }

  /** Change to the next value. */
  flip(): void {
    const next = this.#choice.after(this.#view.settings.get(this.#name));
    if (next !== undefined) this.#choose(next);
  }

  /** @param fixed what holds at present whatever is chosen, and why */
  update(fixed: { value: State[Name]; why: string } | null = null): void {
    this.#choice.show(fixed ? fixed.value : this.#view.settings.get(this.#name));
    this.#fixed = fixed !== null;
    this.root.title = fixed?.why ?? "";
    for (const each of this.root.querySelectorAll("button")) {
      // Not disabled: the focus stays, and a screen reader comes by.
      if (fixed) setAria(each, "disabled", true);
      else each.removeAttribute("aria-disabled");
    }
  }

  #choose(value: State[Name]): void {
    if (this.#fixed) return;
    const changes: Partial<Pick<State, Writable>> = {};
    changes[this.#name] = value;
    this.#view.act(WORDS.change, changes);
  }
}
