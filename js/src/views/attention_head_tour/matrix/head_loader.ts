import { type AttentionStore, quantisedFrom } from "../../../core/attention";
import { DetachedError, messageOf, newestOnly } from "../../../core/requests";
import type { Side } from "../side";
import { headName, type Tour } from "../tour";
import { WORDS } from "../words";
import { HeadMatrix } from "./head_matrix";
import { MATRIX_WORDS } from "./matrix_words";

type Place = readonly [layer: number, head: number];

interface Wanted {
  place: Place;
  store: AttentionStore;
  request: Record<string, unknown>;
}

/** The whole matrix of the head on show: out of what is in the page, else fetched. */
export class HeadLoader {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #ask: (wanted: Wanted) => void;
  #asked: { request: string; name: string; failed: boolean } | null = null;
  #last: { store: AttentionStore; place: string; matrix: HeadMatrix } | null = null;

  constructor(tour: Tour, side: Side) {
    this.#tour = tour;
    this.#side = side;
    this.#ask = newestOnly<Wanted>(
      ({ request }) => tour.requests.ask("head", request),
      ({ place, store, request }, { arrays }) => {
        if (arrays.length > 0) store.addHead(...place, quantisedFrom(arrays));
        // A saved page answers so what it doesn't hold.
        else if (JSON.stringify(request) === this.#asked?.request) this.#fail(null);
        tour.invalidate("values");
      },
      (error) => {
        if (error instanceof DetachedError) this.#asked = null;
        else this.#fail(messageOf(error));
      },
    );
  }

  /** The matrix of a head; null until it has come. After a failure it is not asked for
   * again before another one. */
  matrix(place: Place): HeadMatrix | null {
    const { store, sizes } = this.#side;
    const name = place.join();
    if (this.#last?.store === store && this.#last.place === name)
      return this.#last.matrix;
    const data = store.matrix(...place);
    if (!data) {
      this.#want(place);
      return null;
    }
    const matrix = new HeadMatrix(data, sizes.tokens);
    this.#last = { store, place: name, matrix };
    return matrix;
  }

  /** Why the matrix of a head is not to be seen; null when it is. */
  missing(place: Place): string | null {
    const { facts, store } = this.#side;
    if (store.matrix(...place)) return null;
    if (facts.delivery === "layers") return this.#side.missing(place[0]);
    const name = this.#name(place);
    if (this.#asked?.failed && this.#asked.name === name)
      return MATRIX_WORDS.absent(name);
    return this.#tour.detached
      ? MATRIX_WORDS.missing(name)
      : MATRIX_WORDS.fetching(name);
  }

  #name([layer, head]: Place): string {
    const shown = this.#tour.settings.get("shown");
    return shown === "rollout" ? WORDS.upToLayer(layer) : headName(layer, head);
  }

  #fail(why: string | null): void {
    if (!this.#asked) return;
    this.#asked.failed = true;
    if (why) this.#tour.alert(MATRIX_WORDS.notFetched(this.#asked.name, why));
    this.#tour.invalidate("values");
  }

  #want(place: Place): void {
    const { facts, index, store } = this.#side;
    if (facts.delivery === "layers" || this.#tour.detached) return;
    const [layer, head] = place;
    const shown = this.#tour.settings.get("shown");
    const request = { side: index, shown, layer, head };
    const text = JSON.stringify(request);
    if (text === this.#asked?.request) return;
    this.#asked = { request: text, name: this.#name(place), failed: false };
    this.#ask({ place, store, request });
  }
}
