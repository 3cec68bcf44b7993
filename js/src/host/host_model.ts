import { type ArrayListing, bytesOf, joinBytes, type WireBytes } from "../core/codec";

export type State = Record<string, unknown>;
type Listener = (...values: unknown[]) => void;

/** An array as a page holds it: its bytes, or base64 of them. */
export interface EmbeddedArray extends ArrayListing {
  data: WireBytes;
}

export interface EmbeddedReply {
  error?: string;
  result?: State;
  arrays?: EmbeddedArray[];
}

/** What stands in for the kernel: undefined leaves a request without an answer. */
export type Answers = (
  request: State,
) => EmbeddedReply | undefined | Promise<EmbeddedReply | undefined>;

export interface ModelOptions {
  state: State;
  answers?: Answers;
  /** Whether a request will be answered; without this, any. */
  holds?: (request: State) => boolean;
  /** Called with what each `save_changes` saves. */
  onSave?: (changes: State) => void;
  /** Called with every custom message from the view. */
  onSend?: (content: State) => void;
}

/** The model of a widget without a kernel. */
export class HostModel {
  readonly #state: State;
  readonly #options: ModelOptions;
  readonly #listeners = new Map<string, Set<Listener>>();
  #unsaved: State = {};

  constructor(options: ModelOptions) {
    this.#options = options;
    this.#state = { ...options.state };
  }

  readonly widget_manager = {
    get_model: () => Promise.reject(new Error("there is no other model in this page")),
  };

  get(name: string): unknown {
    return this.#state[name];
  }

  set(name: string, value: unknown): void {
    this.#unsaved[name] = value;
    this.assign({ [name]: value });
  }

  save_changes(): void {
    const changes = this.#unsaved;
    this.#unsaved = {};
    this.#options.onSave?.(changes);
  }

  on(name: string, callback: Listener): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, listeners.add(callback));
  }

  off(name?: string | null, callback?: Listener | null): void {
    if (name && callback) this.#listeners.get(name)?.delete(callback);
  }

  holds(request: State): boolean {
    return this.#options.holds?.(request) ?? true;
  }

  send(content: State): void {
    this.#options.onSend?.(content);
    void this.#answer(content);
  }

  /** Set state from outside, as Python would. */
  assign(state: State): void {
    const changed = Object.keys(state).filter(
      (name) => this.#state[name] !== state[name],
    );
    Object.assign(this.#state, state);
    for (const name of changed) this.emit(`change:${name}`);
  }

  /** Deliver a custom message, as the kernel would. */
  receive(content: State, buffers: readonly DataView[] = []): void {
    this.emit("msg:custom", content, buffers);
  }

  get listenerCount(): number {
    return [...this.#listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Fire an event, as a host would. */
  emit(name: string, ...values: unknown[]): void {
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(...values);
  }

  async #answer(request: State): Promise<void> {
    const reply = await this.#options.answers?.(request);
    if (!reply) return;
    const { arrays = [], ...rest } = reply;
    const bytes = joinBytes(arrays.map(({ data }) => bytesOf(data)));
    const listing = arrays.map(({ name, dtype, shape }) => ({ name, dtype, shape }));
    const content = { type: "reply", id: request.id, part: 0, parts: 1, ...rest };
    this.receive({ ...content, arrays: listing }, [
      new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    ]);
  }
}
