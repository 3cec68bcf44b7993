import type { Scope } from "./dispose";
import { type Keys, moveInGrid } from "./keyboard";

/** One stop of the Tab key for many elements; arrow keys walk on from there. */
export class Rover {
  #rows: readonly (readonly HTMLElement[])[] = [];
  #stop: HTMLElement | null = null;

  constructor(root: HTMLElement, scope: Scope) {
    scope.listen(root, "keydown", (event) => {
      const place = this.#placeOf(event.target);
      const to = place && this.#after(event, ...place);
      if (!to) return;
      event.preventDefault();
      to.focus();
    });
    scope.listen(root, "focusin", ({ target }) => {
      if (this.#placeOf(target)) this.stopAt(target as HTMLElement);
    });
  }

  /** Walk among these, row by row. */
  arrange(rows: readonly (readonly HTMLElement[])[]): void {
    this.#rows = rows;
    const all = rows.flat();
    for (const each of all) each.tabIndex = -1;
    const stop = this.#stop && all.includes(this.#stop) ? this.#stop : all[0];
    if (stop) this.stopAt(stop);
  }

  /** Let Tab lead here. */
  stopAt(element: HTMLElement): void {
    if (this.#stop) this.#stop.tabIndex = -1;
    this.#stop = element;
    element.tabIndex = 0;
  }

  #placeOf(target: EventTarget | null): [number, number] | null {
    for (const [row, elements] of this.#rows.entries()) {
      const column = elements.indexOf(target as HTMLElement);
      if (column >= 0) return [row, column];
    }
    return null;
  }

  #after(event: Keys, row: number, column: number): HTMLElement | null {
    const columns = this.#rows[row]?.length ?? 0;
    const to = moveInGrid(event, row, column, this.#rows.length, columns);
    if (!to) return null;
    const line = this.#rows[Math.max(0, to[0])] ?? [];
    return line[Math.min(to[1], line.length - 1)] ?? null;
  }
}
