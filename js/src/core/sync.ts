import type { AnyModel } from "@anywidget/types";
import type { Scope } from "./dispose";

/** The state that a page and Python both write: local first, saved once a frame. */
export class Sync<State extends object, Writable extends string & keyof State> {
  readonly #model: AnyModel<State>;
  readonly #values: Pick<State, Writable>;
  readonly #dirty = new Set<Writable>();
  readonly #check: (name: Writable, value: unknown) => void;
  readonly #changed: (name: Writable) => void;
  readonly #refused: (error: unknown) => void;

  /**
   * @param names what may be written
   * @param handlers.check throws when a value can't be shown
   * @param handlers.changed called after a local value changed, whoever changed it
   * @param handlers.refused called with what `check` threw about a value from outside
   */
  constructor(
    model: AnyModel<State>,
    names: readonly Writable[],
    scope: Scope,
    handlers: {
      check: (name: Writable, value: unknown) => void;
      changed: (name: Writable) => void;
      refused: (error: unknown) => void;
    },
  ) {
    this.#model = model;
    this.#check = handlers.check;
    this.#changed = handlers.changed;
    this.#refused = handlers.refused;
    const values = names.map((name) => [name, model.get(name)] as const);
    this.#values = Object.fromEntries(values) as Pick<State, Writable>;
    for (const name of names) {
      this.#check(name, this.#values[name]);
      const take = () => this.#take(name);
      model.on(`change:${name}`, take);
      scope.onDispose(() => model.off(`change:${name}`, take));
    }
  }

  get<Name extends Writable>(name: Name): State[Name] {
    return this.#values[name];
  }

  /** A person's act: shown at once, saved by the next `save`. */
  set<Name extends Writable>(name: Name, value: State[Name]): void {
    if (this.#values[name] === value) return;
    this.#values[name] = value;
    this.#dirty.add(name);
    this.#changed(name);
  }

  /** Write what changed since the last time to the model. */
  save(): void {
    let written = false;
    for (const name of this.#dirty) {
      const value = this.#values[name];
      if (this.#model.get(name) === value) continue;
      this.#model.set(name, value);
      written = true;
    }
    this.#dirty.clear();
    if (written) this.#model.save_changes();
  }

  /** Python refused what was written: what the model holds is right again. */
  takeAll(): void {
    this.#dirty.clear();
    for (const name of Object.keys(this.#values) as Writable[]) this.#take(name);
  }

  #take(name: Writable): void {
    const value = this.#model.get(name);
    // While a person drags, the local value leads: it is about to be saved.
    if (value === this.#values[name] || this.#dirty.has(name)) return;
    try {
      this.#check(name, value);
    } catch (error) {
      this.#refused(error);
      return;
    }
    this.#values[name] = value;
    this.#changed(name);
  }
}
