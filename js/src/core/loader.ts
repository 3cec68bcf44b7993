import { RecentlyUsed } from "./recently_used";
import { type Answer, DetachedError, messageOf, type Requests } from "./requests";

/** Answers of this many bytes stay in the page. */
const ROOM = 8_000_000;

/** Something to ask the kernel for, and how its answer is read. */
export interface Question<Value = unknown, Kind extends string = string> {
  kind: Kind;
  request: Readonly<Record<string, unknown>>;
  read: (answer: Answer) => Value;
  /** The answer takes long, and nobody waits for it. */
  slow?: boolean;
}

interface Handlers<Asked extends Question> {
  /** What the present settings need, the most important first. */
  needed: () => readonly (Asked | null)[];
  /** Called when something came, or will not come. */
  came: () => void;
  /** Called with what could not be had, and why. */
  failed: (question: Asked, why: string) => void;
}

/** Brings answers into the page and keeps those used last.
 *
 * It asks for one thing at a time, and each time for what is needed by then: what a
 * person has passed over is not asked for. */
export class Loader<Asked extends Question = Question> {
  readonly #requests: Pick<Requests, "ask">;
  readonly #handlers: Handlers<Asked>;
  readonly #kept = new RecentlyUsed<unknown>(ROOM);
  readonly #failures = new Map<string, string>();
  #busy = false;

  constructor(requests: Pick<Requests, "ask">, handlers: Handlers<Asked>) {
    this.#requests = requests;
    this.#handlers = handlers;
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
        const { kind, request, slow = false } = next;
        const answer = await this.#requests.ask(kind, request, { slow });
        const bytes = answer.arrays.reduce((sum, { values }) => sum + values.length, 0);
        this.#kept.set(name, next.read(answer), 4 * bytes);
      } catch (error) {
        if (error instanceof DetachedError) break;
        this.#failures.set(name, messageOf(error));
        this.#handlers.failed(next, messageOf(error));
      }
      this.#handlers.came();
    }
    this.#busy = false;
  }

  #next(): Asked | null {
    for (const question of this.#handlers.needed()) {
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
