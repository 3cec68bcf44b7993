import type { Scope } from "../../core/dispose";
import type { Stage } from "../../core/picture/stage";
import { readTokens } from "../../core/picture/token_reading";
import type { Side } from "./side";
import type { Tour } from "./tour";

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

/** Let the pointer and keys on a picture of heat choose the token that is read; without
 * either the strongest one is named.
 *
 * @param strongest the token that keys begin from
 */
export function readPointed(
  { pointed }: Tour,
  side: Side,
  stage: Stage,
  strongest: () => number,
  scope: Scope,
): void {
  const reading = {
    from: () => pointed.on(side) ?? strongest(),
    read: (token: number | null) => pointed.set(side, token),
  };
  readTokens(stage, side.facts.grid, reading, scope);
}
