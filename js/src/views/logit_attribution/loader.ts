import { RecentlyUsed } from "../../core/recently_used";
import { type Answer, DetachedError, messageOf } from "../../core/requests";
import type { Level } from "./address";
import {
  type Neurons,
  neuronsFrom,
  type Sources,
  type Split,
  sourcesFrom,
  splitFrom,
} from "./answers";
import type { Attribution } from "./attribution";
import type { Quantity } from "./quantity";

/** Answers of this many bytes stay in the page. */
const ROOM = 8_000_000;

/** Something to ask the kernel for, and how its answer is read. */
export interface Question<Value = unknown> {
  kind: "attribution" | "sources" | "neurons";
  request: Record<string, unknown>;
  read: (answer: Answer) => Value;
}

export function splitQuestion(quantity: Quantity): Question<Split> {
  return { kind: "attribution", request: { ...quantity }, read: splitFrom };
}

export function sourcesQuestion(
  quantity: Quantity,
  level: Level,
): Question<Sources> | null {
  if (level.kind !== "head") return null;
  const { layer, head } = level;
  const request = { ...quantity, layer, head };
  return { kind: "sources", request, read: sourcesFrom };
}

export function neuronsQuestion(
  quantity: Quantity,
  level: Level,
): Question<Neurons> | null {
  if (level.kind !== "mlp") return null;
  const request = { ...quantity, layer: level.layer };
  return { kind: "neurons", request, read: neuronsFrom };
}

/** Brings answers into the page and keeps those used last.
 *
 * It asks for one thing at a time, and each time for what is needed by then: what a
 * person has passed over is not asked for. */
export class Loader {
  readonly #view: Pick<Attribution, "requests" | "invalidate">;
  readonly #needed: () => readonly (Question | null)[];
  readonly #kept = new RecentlyUsed<unknown>(ROOM);
  readonly #failures = new Map<string, string>();
  readonly #failed: (question: Question, why: string) => void;
  #busy = false;

  /**
   * @param needed what the present settings need, the most important first
   * @param failed called with what could not be had, and why
   */
  constructor(
    view: Pick<Attribution, "requests" | "invalidate">,
    needed: () => readonly (Question | null)[],
    failed: (question: Question, why: string) => void,
  ) {
    this.#view = view;
    this.#needed = needed;
    this.#failed = failed;
  }

  /** The answer, when it is here. */
  get<Value>(question: Question<Value> | null): Value | null {
    if (!question) return null;
    return (this.#kept.get(nameOf(question)) as Value | undefined) ?? null;
  }

  /** Why a question that is needed has no answer; null when it may yet come. */
  whyNot(question: Question): string | null {
    return this.#failures.get(nameOf(question)) ?? null;
  }

  /** Fetch what is needed, until nothing is missing; what failed is tried again. */
  want(): void {
    this.#failures.clear();
    if (!this.#busy) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    for (let next = this.#next(); next; next = this.#next()) {
      const name = nameOf(next);
      try {
        const answer = await this.#view.requests.ask(next.kind, next.request);
        const bytes = answer.arrays.reduce((sum, { values }) => sum + values.length, 0);
        this.#kept.set(name, next.read(answer), 4 * bytes);
      } catch (error) {
        if (error instanceof DetachedError) break;
        this.#failures.set(name, messageOf(error));
        this.#failed(next, messageOf(error));
      }
      this.#view.invalidate("values");
    }
    this.#busy = false;
  }

  #next(): Question | null {
    for (const question of this.#needed()) {
      if (!question) continue;
      const name = nameOf(question);
      if (!this.#kept.has(name) && !this.#failures.has(name)) return question;
    }
    return null;
  }
}

function nameOf({ kind, request }: Question): string {
  return JSON.stringify([kind, request]);
}
