import { sameJson } from "./json_values";
import type { Act } from "./state.gen";
import type { Sync } from "./sync";

const MOST_ACTS = 200;
/** Of all acts together, as JSON: they cross to the kernel with each new one. */
const MOST_CHARACTERS = 250_000;
/** What a person does within this many milliseconds of typing or sliding is one act. */
const IN_ONE_GO = 1_000;

/** What a history adds to the state of a view. */
export interface Remembered {
  history: Act[];
  undone: number;
}

/** What a history needs of a view's settings. */
type Settled<State extends Remembered, Writable extends string & keyof State> = Pick<
  Sync<State, Writable | keyof Remembered>,
  "get" | "settled" | "settle"
>;

/** What was done to a view, by the page or by Python, and how to undo it. */
export class History<State extends Remembered, Writable extends string & keyof State> {
  readonly #sync: Settled<State, Writable>;

  constructor(sync: Settled<State, Writable>) {
    this.#sync = sync;
  }

  /** What `undo` would take back. */
  get toUndo(): Act | null {
    return this.#acts.at(-1 - this.#undone) ?? null;
  }

  /** What `redo` would do again. */
  get toRedo(): Act | null {
    return this.#undone > 0 ? (this.#acts.at(-this.#undone) ?? null) : null;
  }

  /** Change settings as a deed that can be undone, unless it changes nothing.
   *
   * @param verb what is done, for people: "pin"
   * @param address to what: "L3.H2", or nothing
   * @throws when a value can't be shown; then nothing has changed
   */
  act(verb: string, address: string, changes: Partial<Pick<State, Writable>>): void {
    const before = this.#before(changes);
    if (sameJson(before, changes)) return;
    const act = { verb, address, before, after: { ...changes }, time: now() };
    const done = this.#acts.slice(0, this.#acts.length - this.#undone);
    const last = this.#undone === 0 ? done.at(-1) : undefined;
    if (last && inOneGo(last, act)) {
      done.pop();
      act.before = last.before;
    }
    // Typed and deleted again: as if it had not been.
    if (!sameJson(act.before, act.after)) done.push(act);
    this.#settle({ ...changes, history: newest(done), undone: 0 });
  }

  /** Take back the newest act that is not undone yet, and return it; null when there is
   * none.
   *
   * @throws when the view can't be as it was before; then nothing has changed
   */
  undo(): Act | null {
    const act = this.toUndo;
    if (act) this.#settle({ ...act.before, undone: this.#undone + 1 });
    return act;
  }

  /** Do again the act that was undone last, and return it; null when there is none.
   *
   * @throws when the view can't be as the act left it; then nothing has changed
   */
  redo(): Act | null {
    const act = this.toRedo;
    if (act) this.#settle({ ...act.after, undone: this.#undone - 1 });
    return act;
  }

  get #acts(): readonly Act[] {
    return this.#sync.get("history");
  }

  get #undone(): number {
    return this.#sync.get("undone");
  }

  /** What stands in place of these changes. A click makes lasting what the pointer has
   * already shown: there it is what stood before the pointer came. */
  #before(changes: Partial<Pick<State, Writable>>): Record<string, unknown> {
    const names = Object.keys(changes) as Writable[];
    const values = names.map((name) => {
      const present = this.#sync.get(name);
      const shown = sameJson(present, changes[name]);
      return [name, shown ? this.#sync.settled(name) : present];
    });
    return Object.fromEntries(values);
  }

  #settle(values: Record<string, unknown>): void {
    this.#sync.settle(values as Partial<Pick<State, Writable | keyof Remembered>>);
  }
}

/** Throw when a history, or how much of it is undone, can't be one. */
export function checkHistory(name: keyof Remembered, value: unknown): void {
  if (name === "undone") {
    if (Number.isInteger(value) && (value as number) >= 0) return;
    throw new Error(`undone ${String(value)} is no number of acts`);
  }
  if (!Array.isArray(value)) throw new Error("history is no list of acts");
  const wrong = value.findIndex((act) => !isAct(act));
  if (wrong >= 0) throw new Error(`history ${wrong} is no act`);
}

function isAct(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const { verb, address, before, after, time } = value as Record<string, unknown>;
  return (
    [verb, address, time].every((text) => typeof text === "string") &&
    [before, after].every((state) => typeof state === "object" && state !== null)
  );
}

function now(): string {
  return new Date().toISOString();
}

/** Whether an act goes on with the last: the same is done to the same number or text,
 * as in typing, without anything in between. Each change of a list is an act. */
function inOneGo(last: Act, act: Act): boolean {
  const waited = Date.parse(act.time) - Date.parse(last.time);
  const [name, ...others] = Object.keys(act.after);
  return (
    name !== undefined &&
    others.length === 0 &&
    typeof act.after[name] !== "object" &&
    last.verb === act.verb &&
    sameJson(last.after, act.before) &&
    waited >= 0 &&
    waited < IN_ONE_GO
  );
}

/** The newest acts, as many as are kept; the last one always. */
function newest(acts: readonly Act[]): Act[] {
  let [start, characters] = [acts.length, 0];
  while (start > 0 && acts.length - start < MOST_ACTS) {
    characters += JSON.stringify(acts[start - 1]).length;
    if (characters > MOST_CHARACTERS && start < acts.length) break;
    start--;
  }
  return acts.slice(start);
}
