import type { AnyModel } from "@anywidget/types";
import type { Scope } from "./dispose";
import { sameJson } from "./json_values";

/** The state that a page and Python both write: local first, saved once a frame. */
export class Sync<State extends object, Writable extends string & keyof State> {
  readonly #model: AnyModel<State>;
  readonly #values: Pick<State, Writable>;
  readonly #settled: Pick<State, Writable>;
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
    this.#settled = { ...this.#values };
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

  /** The value that an act or Python gave last, whatever a pointer passed over since. */
  settled<Name extends Writable>(name: Name): State[Name] {
    return this.#settled[name];
  }

  /** What a pointer passes over: shown at once, saved by the next `save`. */
  set<Name extends Writable>(name: Name, value: State[Name]): void {
    if (sameJson(this.#values[name], value)) return;
    this.#values[name] = value;
    this.#dirty.add(name);
    this.#changed(name);
  }

  /** What a person decides, in one: when one value can't be shown, none is taken. */
  settle(values: Partial<Pick<State, Writable>>): void {
    const names = Object.keys(values) as Writable[];
    for (const name of names) {
      if (!Object.hasOwn(this.#values, name))
        throw new Error(`there is no ${name} here`);
      this.#check(name, values[name]);
    }
    Object.assign(this.#settled, values);
    for (const name of names) this.set(name, this.#settled[name]);
  }

  /** Write what changed since the last time to the model. */
  save(): void {
    let written = false;
    for (const name of this.#dirty) {
      const value = this.#values[name];
      if (sameJson(this.#model.get(name), value)) continue;
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
    if (this.#dirty.has(name) || sameJson(value, this.#values[name])) return;
    try {
      this.#check(name, value);
    } catch (error) {
      this.#refused(error);
      return;
    }
    this.#values[name] = value;
    this.#settled[name] = value;
    this.#changed(name);
  }
}
