import { type AttentionStore, quantisedFrom } from "../../core/attention";
import {
  DetachedError,
  messageOf,
  newestOnly,
  type Requests,
} from "../../core/requests";
import type { Facts, Settings } from "./facts";

interface Wanted {
  query: number;
  direction: Settings["direction"];
}

/** Brings attention into the page: whole layers, the one on show first and then its
 * neighbours, or only the present query's rows where the model is too large. */
export class Loader {
  readonly #requests: Requests;
  readonly #store: AttentionStore;
  readonly #facts: Facts;
  readonly #arrived: () => void;
  readonly #failed: (message: string) => void;
  readonly #askRows: (wanted: Wanted) => void;
  #layer = 0;
  #busy = false;

  constructor(
    requests: Requests,
    store: AttentionStore,
    facts: Facts,
    handlers: { arrived: () => void; failed: (message: string) => void },
  ) {
    this.#requests = requests;
    this.#store = store;
    this.#facts = facts;
    this.#arrived = handlers.arrived;
    this.#failed = handlers.failed;
    this.#askRows = newestOnly<Wanted>(
      ({ query, direction }) => requests.ask("rows", { query, direction }),
      ({ query, direction }, { arrays }) => {
        store.addRows(query, direction, quantisedFrom(arrays));
        this.#arrived();
      },
      (error) => this.#fail("This token's attention", error),
    );
  }

  /** Fetch what these settings need. After a failure nothing more is fetched until the
   * next call. */
  want(settings: Pick<Settings, "layer" | "query" | "direction">): void {
    const { query, direction } = settings;
    this.#layer = settings.layer;
    if (this.#facts.delivery === "layers") void this.#fetchLayers();
    else if (!this.#store.hasRows(query, direction))
      this.#askRows({ query, direction });
  }

  async #fetchLayers(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    for (let layer = this.#nextLayer(); layer !== null; layer = this.#nextLayer()) {
      try {
        const { arrays } = await this.#requests.ask("attention", { layer });
        this.#store.addLayer(layer, quantisedFrom(arrays));
      } catch (error) {
        this.#fail(`Layer ${layer}`, error);
        break;
      }
      this.#arrived();
    }
    this.#busy = false;
  }

  #nextLayer(): number | null {
    let nearest: number | null = null;
    for (let layer = 0; layer < this.#facts.sizes.layers; layer++) {
      if (this.#store.hasLayer(layer)) continue;
      const distance = Math.abs(layer - this.#layer);
      if (nearest === null || distance < Math.abs(nearest - this.#layer))
        nearest = layer;
    }
    return nearest;
  }

  #fail(what: string, error: unknown): void {
    if (error instanceof DetachedError) return;
    this.#failed(`${what} could not be loaded: ${messageOf(error)}`);
  }
}
