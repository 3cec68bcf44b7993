import type { AnyModel } from "@anywidget/types";

type Listener = (...values: unknown[]) => void;

/** A widget model without a host: it remembers what a view does to it. */
export class FakeModel {
  readonly listeners = new Map<string, Set<Listener>>();
  readonly sent: Record<string, unknown>[] = [];
  readonly saved: Record<string, unknown>[] = [];
  #unsaved: Record<string, unknown> = {};

  constructor(readonly state: Record<string, unknown> = {}) {}

  get any(): AnyModel {
    return this as unknown as AnyModel;
  }

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    this.#unsaved[name] = value;
    this.assign(name, value);
  }

  save_changes(): void {
    this.saved.push(this.#unsaved);
    this.#unsaved = {};
  }

  send(content: Record<string, unknown>, _callbacks?: unknown): void {
    this.sent.push(content);
  }

  on(name: string, listener: Listener): void {
    this.listeners.set(name, (this.listeners.get(name) ?? new Set()).add(listener));
  }

  off(name: string, listener: Listener): void {
    this.listeners.get(name)?.delete(listener);
  }

  /** Set a value as Python would. */
  assign(name: string, value: unknown): void {
    if (this.state[name] === value) return;
    this.state[name] = value;
    this.emit(`change:${name}`);
  }

  emit(name: string, ...values: unknown[]): void {
    for (const listener of [...(this.listeners.get(name) ?? [])]) listener(...values);
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, { size }) => sum + size, 0);
  }
}
