/** The token that is read, wherever a person points at it. */
export class Pointed {
  readonly #changed: () => void;
  #token: number | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get token(): number | null {
    return this.#token;
  }

  /** Read a token, or none. */
  set(token: number | null): void {
    if (token === this.#token) return;
    this.#token = token;
    this.#changed();
  }
}
