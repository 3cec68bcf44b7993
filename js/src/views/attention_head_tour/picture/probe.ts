import { setText } from "../../../core/dom";
import { shortNumber, withError } from "../../../core/numbers";
import type { Stage } from "../../../core/picture/stage";
import { readPointed } from "../pointed";
import type { Side } from "../side";
import type { Tour } from "../tour";
import { WORDS } from "../words";
import { ExactValues } from "./exact_values";

/** Reads the value at one token of the large view: at once with the error of its 8-bit
 * copy, then exactly as the kernel says. */
export class Probe {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #stage: Stage;
  readonly #readout: HTMLElement;
  readonly #mark: (tokens: readonly number[]) => void;
  readonly #exact: ExactValues;

  constructor(tour: Tour, side: Side, stage: Stage, readout: HTMLElement) {
    this.#tour = tour;
    this.#side = side;
    this.#stage = stage;
    this.#readout = readout;
    this.#mark = stage.addMark("vw-probe");
    this.#exact = new ExactValues(tour, side, () => this.update());
    readPointed(tour, side, stage, () => this.#strongest(), tour.scope);
  }

  /** Write the readout for the present state. */
  update(): void {
    const side = this.#side;
    const read = this.#tour.pointed.on(side);
    this.#mark(read === null ? [] : [read]);
    if (!side.place || side.missing(side.place[0]) !== null) {
      setText(this.#readout, "…");
      return;
    }
    const token = read ?? this.#strongest();
    const number = this.#number(...side.place, token, read !== null);
    const text = `${side.facts.grid.name(token)}: ${number}`;
    setText(this.#readout, read === null ? WORDS.strongest(text) : text);
    this.#stage.speak(token, text);
  }

  #strongest(): number {
    const { facts, place, values } = this.#side;
    return place ? values.strongest(...place) : facts.grid.prefix;
  }

  #number(layer: number, head: number, token: number, wanted: boolean): string {
    const { query, store, values, tokens } = this.#side;
    const direction = this.#tour.settings.get("direction");
    if (query !== null) {
      // The kernel knows single values; of a region the page shows the mean.
      const [from, to] = direction === "row" ? [query, token] : [token, query];
      const exact = this.#exact.read({ layer, head, query: from, key: to }, wanted);
      if (exact !== null) return shortNumber(exact, 4);
    }
    const error = store.error(layer, head, tokens ?? [], direction, token);
    return withError(values.value(layer, head, token), error ?? 0);
  }
}
