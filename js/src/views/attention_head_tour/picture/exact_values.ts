import { DetachedError, messageOf, newestOnly } from "../../../core/requests";
import type { Side } from "../side";
import type { Tour } from "../tour";
import { WORDS } from "../words";

/** One value of a head; `query` attends to `key`. */
interface Place {
  layer: number;
  head: number;
  query: number;
  key: number;
}

/** The kernel's own value at the place that a person points at. */
export class ExactValues {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #ask: (place: Record<string, unknown>) => void;
  #known: { place: string; value: number } | null = null;
  #asked = "";

  /** @param arrived called when a value has come */
  constructor(tour: Tour, side: Side, arrived: () => void) {
    this.#tour = tour;
    this.#side = side;
    this.#ask = newestOnly<Record<string, unknown>>(
      (place) => tour.requests.ask("value", place),
      (place, { result }) => {
        if (typeof result.value !== "number") return;
        this.#known = { place: JSON.stringify(place), value: result.value };
        arrived();
      },
      (error) => {
        this.#asked = "";
        if (error instanceof DetachedError) return;
        tour.alert(WORDS.notExact(messageOf(error)));
      },
    );
  }

  /** The value at a place of what is shown; null until it has come.
   *
   * @param wanted ask for it, when it is not here
   */
  read(at: Place, wanted: boolean): number | null {
    const shown = this.#tour.settings.get("shown");
    const place = { side: this.#side.index, shown, ...at };
    const name = JSON.stringify(place);
    if (this.#known?.place === name) return this.#known.value;
    if (wanted && this.#asked !== name) {
      this.#asked = name;
      this.#ask(place);
    }
    return null;
  }
}
