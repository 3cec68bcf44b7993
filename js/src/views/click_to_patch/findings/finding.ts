import { sameJson } from "../../../core/json_values";
import { type Answer, DetachedError, messageOf } from "../../../core/requests";
import type { Patcher } from "../patcher";
import { notHeld } from "../words";
import * as WORDS from "./words";

export type Asked = Readonly<Record<string, unknown>>;

/** Something that is asked of the kernel when a person wants it, and what came last. */
export class Finding<Found> {
  /** The newest answer, and what was asked for it. */
  found: { readonly asked: Asked; readonly value: Found } | null = null;
  /** What is awaited. */
  awaited: Asked | null = null;
  /** Why the newest question has no answer, or "". */
  trouble = "";
  readonly #view: Pick<Patcher, "requests" | "invalidate" | "scope">;
  readonly #kind: string;
  readonly #read: (result: Answer["result"], asked: Asked) => Found;
  #failed: Asked | null = null;

  /** @param read throws when an answer is damaged */
  constructor(
    view: Pick<Patcher, "requests" | "invalidate" | "scope">,
    kind: string,
    read: (result: Answer["result"], asked: Asked) => Found,
  ) {
    this.#view = view;
    this.#kind = kind;
    this.#read = read;
  }

  /** Whether the newest answer, or why there is none, is of just this question. */
  isOf(asked: Asked): boolean {
    return sameJson(this.#failed ?? this.found?.asked ?? null, asked);
  }

  /** Ask, unless an answer is awaited still. */
  ask(asked: Asked): void {
    if (!this.awaited) void this.#fetch(asked);
  }

  async #fetch(asked: Asked): Promise<void> {
    this.awaited = asked;
    this.trouble = "";
    this.#failed = null;
    this.#view.invalidate("values");
    try {
      const manner = { slow: true };
      const { result } = await this.#view.requests.ask(this.#kind, asked, manner);
      // A saved page answers what it doesn't hold with nothing.
      if (Object.keys(result).length === 0) this.trouble = notHeld;
      else if (result.cancelled === true) this.trouble = WORDS.cancelled;
      else this.found = { asked, value: this.#read(result, asked) };
    } catch (error) {
      const isGone = error instanceof DetachedError;
      this.trouble = isGone ? WORDS.gone : WORDS.notDone(messageOf(error));
    }
    if (this.trouble) this.#failed = asked;
    this.awaited = null;
    this.#view.invalidate("values");
  }
}

/** A list in an answer.
 *
 * @throws when it is none
 */
export function listIn<Item>(result: Answer["result"], name: string): Item[] {
  const list = result[name];
  if (!Array.isArray(list)) throw new Error(WORDS.damaged(name));
  return list;
}
