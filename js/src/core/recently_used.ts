interface Kept<Value> {
  value: Value;
  bytes: number;
}

/** What was used last, as much of it as a number of bytes can hold; the newest is kept
 * whatever its size. */
export class RecentlyUsed<Value> {
  readonly #room: number;
  readonly #kept = new Map<string, Kept<Value>>();
  #bytes = 0;

  /** @param room bytes that all together may take */
  constructor(room: number) {
    this.#room = room;
  }

  has(key: string): boolean {
    return this.#kept.has(key);
  }

  get(key: string): Value | undefined {
    const kept = this.#kept.get(key);
    if (!kept) return undefined;
    // A map keeps the order of insertion: what was used is the newest again.
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    return kept.value;
  }

  set(key: string, value: Value, bytes: number): void {
    this.#drop(key);
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= this.#room || oldest === key) break;
      this.#drop(oldest);
    }
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}
