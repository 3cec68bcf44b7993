import { setText } from "../../core/dom";
import { moveInGrid } from "../../core/keyboard";
import { shortNumber, withError } from "../../core/numbers";
import { DetachedError, messageOf, newestOnly } from "../../core/requests";
import type { Stage } from "./stage";
import type { Tour } from "./tour";
import { WORDS } from "./words";

/** One element of an attention pattern; `query` attends to `key`. */
interface Place {
  layer: number;
  head: number;
  query: number;
  key: number;
}

/** Reads the value at one token of the large view: at once with the error of its 8-bit
 * copy, then exactly as the kernel says. */
export class Probe {
  readonly #tour: Tour;
  readonly #stage: Stage;
  readonly #readout: HTMLElement;
  readonly #place: (token: number | null) => void;
  readonly #askExact: (place: Place) => void;
  readonly #exact = new Map<string, number>();
  #token: number | null = null;
  #asked = "";

  constructor(tour: Tour, stage: Stage, readout: HTMLElement) {
    this.#tour = tour;
    this.#stage = stage;
    this.#readout = readout;
    this.#place = stage.addMark("vw-probe");
    this.#askExact = newestOnly<Place>(
      (place) => tour.requests.ask("value", { ...place }),
      (place, { result }) => {
        if (typeof result.value !== "number") return;
        this.#exact.clear();
        this.#exact.set(JSON.stringify(place), result.value);
        this.update();
      },
      (error) => {
        this.#asked = "";
        if (error instanceof DetachedError) return;
        tour.alert(`The exact value could not be read: ${messageOf(error)}`);
      },
    );
    stage.onPoint(tour.scope, (token) => this.at(token));
    tour.scope.listen(stage.canvas, "pointerleave", () => this.at(null));
    tour.scope.listen(stage.root, "keydown", (event) => this.#key(event));
    tour.scope.listen(stage.root, "blur", () => this.at(null));
  }

  /** Read another token, or none: then the strongest patch is named. */
  at(token: number | null): void {
    if (token === this.#token) return;
    this.#token = token;
    this.update();
  }

  /** Write the readout for the present state. */
  update(): void {
    const { settings, values, stale, facts } = this.#tour;
    const [layer, head] = [settings.get("layer"), settings.get("head")];
    this.#place(this.#token);
    if (stale || !values.isPresent(layer)) {
      setText(this.#readout, "…");
      return;
    }
    const token = this.#token ?? values.strongest(layer, head);
    const number = this.#number(layer, head, token);
    const text = `${facts.grid.name(token)}: ${number}`;
    setText(this.#readout, this.#token === null ? WORDS.strongest(text) : text);
    this.#stage.speak(token, text);
  }

  #number(layer: number, head: number, token: number): string {
    const { settings, store, values } = this.#tour;
    const query = settings.get("query");
    const direction = settings.get("direction");
    const [from, to] = direction === "row" ? [query, token] : [token, query];
    const place = { layer, head, query: from, key: to };
    const key = JSON.stringify(place);
    const exact = this.#exact.get(key);
    if (exact !== undefined) return shortNumber(exact, 4);
    if (this.#token !== null && this.#asked !== key) {
      this.#asked = key;
      this.#askExact(place);
    }
    const error = store.error(layer, head, query, direction, token);
    return withError(values.value(layer, head, token), error ?? 0);
  }

  #key(event: KeyboardEvent): void {
    const { facts, settings, values } = this.#tour;
    const { grid } = facts;
    const strongest = values.strongest(settings.get("layer"), settings.get("head"));
    const from = this.#token ?? strongest;
    const to = grid.isPatch(from)
      ? this.#moveFromPatch(event, from)
      : this.#moveFromPrefix(event, from);
    if (to === null) return;
    event.preventDefault();
    this.at(to);
  }

  #moveFromPatch(event: KeyboardEvent, from: number): number | null {
    const { grid } = this.#tour.facts;
    const { row, column } = grid.place(from);
    const to = moveInGrid(event, row, column, grid.rows, grid.columns);
    if (!to) return null;
    if (to[0] >= 0) return grid.token(...to);
    return grid.prefix > 0 ? grid.prefix - 1 : from;
  }

  #moveFromPrefix(event: KeyboardEvent, from: number): number | null {
    const { grid } = this.#tour.facts;
    const to = moveInGrid(event, 0, from, 1, grid.prefix);
    if (event.key === "ArrowDown") return grid.prefix;
    return to && to[0] >= 0 ? to[1] : to && from;
  }
}
