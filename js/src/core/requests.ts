import type { AnyModel } from "@anywidget/types";
import {
  type ArrayListing,
  bytesOf,
  joinBytes,
  type NamedArray,
  splitArrays,
  type WireBytes,
} from "./codec";
import type { Scope } from "./dispose";

export interface Answer {
  result: Record<string, unknown>;
  arrays: NamedArray[];
}

/** How long the oldest open request has gone without a sign of life. */
export type Patience = "fine" | "waiting" | "silent";

/** Rejected with this, a request was not answered because the kernel is gone. */
export class DetachedError extends Error {}

const WAITING_AFTER = 1_000;
const SILENT_AFTER = 30_000;
const UNTAKEN_AFTER = 2_000;

interface Reply {
  type: "reply";
  id: string;
  part: number;
  parts: number;
  error?: string;
  result?: Record<string, unknown>;
  arrays?: ArrayListing[];
}

/** What Jupyter reports of a message: the kernel is busy with it, then idle. */
interface StatusMessage {
  content?: { execution_state?: string };
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
  first: Reply | null;
  pieces: Uint8Array[];
  patience: Patience;
  slow: boolean;
  stopWatch(): void;
}

type Channel = Pick<AnyModel, "send" | "on" | "off"> & {
  /** Pages without a kernel know what they can answer. */
  holds?(request: Record<string, unknown>): boolean;
};

/** Asks the kernel, over custom messages; every request is answered, fails, or is seen
 * to wait. */
export class Requests {
  readonly #channel: Channel;
  readonly #scope: Scope;
  readonly #handlers: { patience: (patience: Patience) => void; lost: () => void };
  readonly #pending = new Map<string, Pending>();
  // Several views of one model hear each other's replies. (randomUUID would need https.)
  readonly #prefix = crypto.getRandomValues(new Uint32Array(2)).join("-");
  #count = 0;
  #detached = false;

  /**
   * @param handlers.patience called with how long the oldest open request has waited
   * @param handlers.lost called when nobody takes messages any more
   */
  constructor(
    channel: Channel,
    scope: Scope,
    handlers: { patience: (patience: Patience) => void; lost: () => void },
  ) {
    this.#channel = channel;
    this.#scope = scope;
    this.#handlers = handlers;
    const listen = (content: unknown, buffers: readonly WireBytes[]) => {
      if (isReply(content)) this.#receive(content, buffers);
    };
    channel.on("msg:custom", listen);
    scope.onDispose(() => channel.off("msg:custom", listen));
  }

  /** Whether there will be an answer: a page without a kernel has some alone. */
  holds(kind: string, argumentsOfKind: Record<string, unknown>): boolean {
    return this.#channel.holds?.({ kind, ...argumentsOfKind }) ?? true;
  }

  /** @param manner.slow the answer takes long, and nobody waits for it: no word of it */
  ask(
    kind: string,
    argumentsOfKind: Record<string, unknown>,
    { slow = false }: { slow?: boolean } = {},
  ): Promise<Answer> {
    if (this.#detached) return Promise.reject(new DetachedError("detached"));
    const id = `${this.#prefix}-${this.#count++}`;
    return new Promise((resolve, reject) => {
      const pending: Pending = {
        resolve,
        reject,
        first: null,
        pieces: [],
        patience: "fine",
        slow,
        stopWatch: () => undefined,
      };
      this.#pending.set(id, pending);
      this.#watch(pending);
      this.#send({ type: "request", id, kind, ...argumentsOfKind }, id);
    });
  }

  /** The kernel is gone (true) or back (false); open requests fail as it goes. */
  setDetached(detached: boolean): void {
    this.#detached = detached;
    if (!detached) return;
    for (const [id, pending] of [...this.#pending]) {
      this.#settle(id);
      pending.reject(new DetachedError("detached"));
    }
  }

  #send(message: Record<string, unknown>, id: string): void {
    const status = (reported: StatusMessage) => {
      if (reported.content?.execution_state !== "idle") return;
      // Replies come before the kernel is done with a request, or soon after.
      this.#scope.after(UNTAKEN_AFTER, () => {
        const pending = this.#pending.get(id);
        if (pending?.first === null && !pending.slow) this.#handlers.lost();
      });
    };
    // Jupyter looks for `iopub` in what marimo calls once the message is sent.
    const callbacks = Object.assign(() => undefined, { iopub: { status } });
    try {
      this.#channel.send(message, callbacks);
    } catch {
      this.#handlers.lost();
    }
  }

  #receive(reply: Reply, buffers: readonly WireBytes[]): void {
    const pending = this.#pending.get(reply.id);
    if (!pending) return;
    if (reply.error !== undefined) {
      this.#settle(reply.id);
      pending.reject(new Error(reply.error));
      return;
    }
    pending.first ??= reply;
    pending.pieces.push(...buffers.map(bytesOf));
    if (reply.part + 1 < reply.parts) {
      this.#watch(pending);
      return;
    }
    this.#settle(reply.id);
    try {
      const { arrays = [], result = {} } = pending.first;
      const named = splitArrays(arrays, joinBytes(pending.pieces));
      pending.resolve({ result, arrays: named });
    } catch (error) {
      pending.reject(new Error(`a damaged answer came: ${messageOf(error)}`));
    }
  }

  #settle(id: string): void {
    this.#pending.get(id)?.stopWatch();
    this.#pending.delete(id);
    this.#report();
  }

  #watch(pending: Pending): void {
    if (pending.slow) return;
    pending.stopWatch();
    pending.patience = "fine";
    const later = (patience: Patience) => () => {
      pending.patience = patience;
      this.#report();
    };
    const stops = [
      this.#scope.after(WAITING_AFTER, later("waiting")),
      this.#scope.after(SILENT_AFTER, later("silent")),
    ];
    pending.stopWatch = () => {
      for (const stop of stops) stop();
    };
    this.#report();
  }

  #report(): void {
    const worst = [...this.#pending.values()].map(({ patience }) => patience);
    this.#handlers.patience(
      worst.includes("silent")
        ? "silent"
        : worst.includes("waiting")
          ? "waiting"
          : "fine",
    );
  }
}

/** Supersede: while one question is open, of all that are asked only the newest is kept
 * and sent after it. Older ones that were sent have an answer, too, but no failure. */
export function newestOnly<Question>(
  ask: (question: Question) => Promise<Answer>,
  accept: (question: Question, answer: Answer) => void,
  fail: (error: unknown) => void,
): (question: Question) => void {
  let open = false;
  let next: { question: Question } | null = null;
  const run = async (question: Question): Promise<void> => {
    open = true;
    try {
      const answer = await ask(question);
      accept(question, answer);
    } catch (error) {
      if (!next) fail(error);
    }
    open = false;
    if (next) {
      const { question: newest } = next;
      next = null;
      await run(newest);
    }
  };
  return (question) => {
    if (open) next = { question };
    else void run(question);
  };
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isReply(content: unknown): content is Reply {
  return (content as Partial<Reply> | null)?.type === "reply";
}
