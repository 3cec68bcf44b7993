import type { Side } from "./side";

/** The token that is read, whichever picture a person points at: all pictures, of all
 * heads and sides, read the same one. */
export class Pointed {
  readonly #changed: () => void;
  #at: { side: Side; token: number } | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** Read a token of this side, or none. */
  set(side: Side, token: number | null): void {
    const at = this.#at;
    if (token === null ? at === null : at?.side === side && at.token === token) return;
    this.#at = token === null ? null : { side, token };
    this.#changed();
  }

  /** What a side calls the token; null when nothing is pointed at, and where this model
   * has no such token. */
  on(side: Side): number | null {
    if (!this.#at) return null;
    return this.#at.side.facts.grid.matching(this.#at.token, side.facts.grid);
  }
}
