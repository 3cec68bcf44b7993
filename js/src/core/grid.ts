/** Where tokens lie: prefix tokens first, then patches row by row. */
export class PatchGrid {
  /** @param prefixNames names of the tokens before the patches, e.g. ["cls"] */
  constructor(
    readonly rows: number,
    readonly columns: number,
    readonly prefixNames: readonly string[],
  ) {}

  get prefix(): number {
    return this.prefixNames.length;
  }

  get patches(): number {
    return this.rows * this.columns;
  }

  get tokens(): number {
    return this.prefix + this.patches;
  }

  isPatch(token: number): boolean {
    return token >= this.prefix;
  }

  /** Row and column of a patch token. */
  place(token: number): { row: number; column: number } {
    const patch = token - this.prefix;
    return { row: Math.floor(patch / this.columns), column: patch % this.columns };
  }

  token(row: number, column: number): number {
    return this.prefix + row * this.columns + column;
  }

  /** The patch token under a point of a box that the picture fills; the box's edges
   * belong to the outermost patches. */
  tokenAt(x: number, y: number, width: number, height: number): number {
    const row = clamp(Math.floor((y / height) * this.rows), 0, this.rows - 1);
    const column = clamp(Math.floor((x / width) * this.columns), 0, this.columns - 1);
    return this.token(row, column);
  }

  /** A patch's box as fractions of the picture. */
  box(token: number): { left: number; top: number; width: number; height: number } {
    const { row, column } = this.place(token);
    return {
      left: column / this.columns,
      top: row / this.rows,
      width: 1 / this.columns,
      height: 1 / this.rows,
    };
  }

  /** Tokens of the patches in a rectangle [top, left, bottom, right], bounds included. */
  within(region: readonly number[]): number[] {
    const [top = 0, left = 0, bottom = -1, right = -1] = region;
    const tokens: number[] = [];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        tokens.push(this.token(row, column));
      }
    }
    return tokens;
  }

  /** The token of another grid at a token's place: the patch that holds its centre, or
   * the prefix token of the same name; null where the other has none. */
  matching(token: number, other: PatchGrid): number | null {
    if (!this.isPatch(token)) {
      const same = other.prefixNames.indexOf(this.prefixNames[token] ?? "");
      return same < 0 ? null : same;
    }
    const { row, column } = this.place(token);
    return other.token(
      Math.floor(((2 * row + 1) * other.rows) / (2 * this.rows)),
      Math.floor(((2 * column + 1) * other.columns) / (2 * this.columns)),
    );
  }

  /** A token's name for a person: "cls" or "patch (4,9)". */
  name(token: number): string {
    if (!this.isPatch(token)) return this.prefixNames[token] ?? "";
    const { row, column } = this.place(token);
    return `patch (${row},${column})`;
  }
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
