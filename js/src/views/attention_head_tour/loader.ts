import { type AttentionStore, quantisedFrom, rowsKey } from "../../core/attention";
import { DetachedError, messageOf, newestOnly } from "../../core/requests";
import type { Facts, Settings, Shown } from "./facts";
import type { Tour } from "./tour";
import { WORDS } from "./words";

type Rows = Pick<Settings, "query" | "region" | "direction"> & { key: string };

/** Brings one kind of values of one side into the page: whole layers, the one on show
 * first and then its neighbours, or only the present rows where the model is too large. */
export class Loader {
  readonly #tour: Pick<Tour, "settings" | "requests" | "invalidate" | "alert">;
  readonly #facts: Facts;
  readonly #store: AttentionStore;
  readonly #what: { side: number; shown: Shown };
  readonly #askRows: (rows: Rows) => void;
  #busy = false;

  constructor(
    tour: Pick<Tour, "settings" | "requests" | "invalidate" | "alert">,
    facts: Facts,
    store: AttentionStore,
    what: { side: number; shown: Shown },
  ) {
    this.#tour = tour;
    this.#facts = facts;
    this.#store = store;
    this.#what = what;
    this.#askRows = newestOnly<Rows>(
      ({ key: _, ...rows }) => tour.requests.ask("rows", { ...what, ...rows }),
      ({ key }, { arrays }) => {
        store.addRows(key, quantisedFrom(arrays));
        tour.invalidate("values");
      },
      (error) => this.#fail(WORDS.theseRows, error),
    );
  }

  /** Fetch what the present settings need. After a failure nothing more is fetched until
   * the next call.
   *
   * @param tokens of this side, whose rows are on show
   */
  want(tokens: readonly number[]): void {
    if (this.#facts.delivery === "layers") {
      void this.#fetchLayers();
      return;
    }
    const { settings } = this.#tour;
    const direction = settings.get("direction");
    const key = rowsKey(tokens, direction);
    if (this.#store.hasRows(key)) return;
    const [query, region] = [settings.get("query"), settings.get("region")];
    this.#askRows({ query, region, direction, key });
  }

  async #fetchLayers(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let layer = this.#nextLayer(); layer !== null; layer = this.#nextLayer()) {
      try {
        const wanted = { ...this.#what, layer };
        const { arrays } = await this.#tour.requests.ask("attention", wanted);
        this.#store.addLayer(layer, quantisedFrom(arrays));
      } catch (error) {
        this.#fail(WORDS.thisLayer(layer), error);
        break;
      }
      this.#tour.invalidate("values");
    }
    this.#busy = false;
  }

  /** The layer nearest to the one on show that is not here yet; null also when
   * something else is on show meanwhile. */
  #nextLayer(): number | null {
    const { settings } = this.#tour;
    if (settings.get("shown") !== this.#what.shown) return null;
    const present = settings.get("layer");
    let nearest: number | null = null;
    for (let layer = 0; layer < this.#facts.sizes.layers; layer++) {
      if (this.#store.hasLayer(layer)) continue;
      const distance = Math.abs(layer - present);
      if (nearest === null || distance < Math.abs(nearest - present)) nearest = layer;
    }
    return nearest;
  }

  #fail(what: string, error: unknown): void {
    if (error instanceof DetachedError) return;
    this.#tour.alert(WORDS.notLoaded(what, messageOf(error)));
  }
}
