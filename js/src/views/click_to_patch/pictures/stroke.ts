import type { PatchGrid } from "../../../core/grid";

/** How patches are taken: one, all that the pointer passes, or a rectangle of them. */
export type Way = "click" | "brush" | "rectangle";

/** The patches that one gesture takes. */
export class Stroke {
  readonly #way: Way;
  readonly #grid: PatchGrid;
  readonly #first: number;
  #last: number;
  #taken: readonly number[];

  /** @param first the patch that it begins at */
  constructor(way: Way, grid: PatchGrid, first: number) {
    this.#way = way;
    this.#grid = grid;
    this.#first = first;
    this.#last = first;
    this.#taken = [first];
  }

  /** What is taken so far; nothing when a click went astray. */
  get taken(): readonly number[] {
    return this.#taken;
  }

  /** The pointer is at this patch now. */
  to(token: number): void {
    if (token === this.#last) return;
    if (this.#way === "brush") {
      const path = line(this.#grid, this.#last, token);
      this.#taken = [...new Set([...this.#taken, ...path])];
    } else if (this.#way === "rectangle") {
      this.#taken = rectangle(this.#grid, this.#first, token);
    } else this.#taken = token === this.#first ? [token] : [];
    this.#last = token;
  }
}

/** All patches between two opposite corners, the corners included. */
export function rectangle(grid: PatchGrid, from: number, to: number): number[] {
  const [one, other] = [grid.place(from), grid.place(to)];
  return grid.within([
    Math.min(one.row, other.row),
    Math.min(one.column, other.column),
    Math.max(one.row, other.row),
    Math.max(one.column, other.column),
  ]);
}

/** The patches on the way from one to another: a fast pointer tells of few of them. */
export function line(grid: PatchGrid, from: number, to: number): number[] {
  const [start, end] = [grid.place(from), grid.place(to)];
  const [down, across] = [end.row - start.row, end.column - start.column];
  const steps = Math.max(Math.abs(down), Math.abs(across));
  return Array.from({ length: steps + 1 }, (_, step) => {
    const share = steps === 0 ? 0 : step / steps;
    const row = Math.round(start.row + share * down);
    return grid.token(row, Math.round(start.column + share * across));
  });
}
