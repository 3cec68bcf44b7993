import {
  type AttentionStore,
  type Quantised,
  quantisedFrom,
  rowsKey,
} from "../../core/attention";
import { DetachedError, messageOf } from "../../core/requests";
import type { Shown } from "./facts";
import type { Side } from "./side";
import type { Tour } from "./tour";
import { WORDS } from "./words";

/** One thing to ask the kernel for. */
interface Wanted {
  /** No other thing has this name. */
  name: string;
  /** What a person calls it. */
  title: string;
  kind: "attention" | "rows";
  request: Record<string, unknown>;
  keep(data: Quantised): void;
}

/** Brings one kind of values of one side into the page: whole layers, the one on show
 * first and then its neighbours, or only the present rows where the model is too large.
 *
 * It asks for one thing at a time, and each time for what is needed by then: what a
 * person has passed over is not asked for. */
export class Loader {
  readonly #tour: Pick<Tour, "settings" | "requests" | "invalidate" | "alert">;
  readonly #side: Pick<Side, "index" | "facts" | "tokens" | "tokenName">;
  readonly #store: AttentionStore;
  readonly #shown: Shown;
  #busy = false;
  #failed: string | null = null;

  constructor(
    tour: Pick<Tour, "settings" | "requests" | "invalidate" | "alert">,
    side: Pick<Side, "index" | "facts" | "tokens" | "tokenName">,
    store: AttentionStore,
    shown: Shown,
  ) {
    this.#tour = tour;
    this.#side = side;
    this.#store = store;
    this.#shown = shown;
  }

  /** What is needed now could not be had, and is not asked for again before `want`. */
  get failed(): boolean {
    return this.#failed !== null && this.#failed === this.#next()?.name;
  }

  /** Fetch what the present settings need, until nothing is missing or it fails. */
  want(): void {
    this.#failed = null;
    if (!this.#busy) void this.#fetch();
  }

  async #fetch(): Promise<void> {
    this.#busy = true;
    for (let wanted = this.#next(); wanted; wanted = this.#next()) {
      if (wanted.name === this.#failed) break;
      try {
        const { kind, request, keep } = wanted;
        keep(quantisedFrom((await this.#tour.requests.ask(kind, request)).arrays));
      } catch (error) {
        if (error instanceof DetachedError) break;
        this.#fail(wanted, error);
      }
      this.#tour.invalidate("values");
    }
    this.#busy = false;
  }

  #fail({ name, title }: Wanted, error: unknown): void {
    if (name !== this.#next()?.name) return; // nobody asks for it any more
    this.#failed = name;
    this.#tour.alert(WORDS.notLoaded(title, messageOf(error)));
  }

  /** What is missing first; null also when something else is on show meanwhile. */
  #next(): Wanted | null {
    if (this.#tour.settings.get("shown") !== this.#shown) return null;
    const { delivery } = this.#side.facts;
    return delivery === "layers" ? this.#nextLayer() : this.#nextRows();
  }

  /** The layer nearest to the one on show that is not here yet. */
  #nextLayer(): Wanted | null {
    const present = this.#tour.settings.get("layer");
    let nearest: number | null = null;
    for (let layer = 0; layer < this.#side.facts.sizes.layers; layer++) {
      if (this.#store.hasLayer(layer)) continue;
      const distance = Math.abs(layer - present);
      if (nearest === null || distance < Math.abs(nearest - present)) nearest = layer;
    }
    if (nearest === null) return null;
    const layer = nearest;
    return {
      name: `layer ${layer}`,
      title: WORDS.thisLayer(layer),
      kind: "attention",
      request: { side: this.#side.index, shown: this.#shown, layer },
      keep: (data) => this.#store.addLayer(layer, data),
    };
  }

  #nextRows(): Wanted | null {
    const { index: side, tokens, tokenName } = this.#side;
    if (!tokens) return null;
    const { settings } = this.#tour;
    const direction = settings.get("direction");
    const key = rowsKey(tokens, direction);
    if (this.#store.hasRows(key)) return null;
    const [query, region] = [settings.get("query"), settings.get("region")];
    return {
      name: key,
      title: WORDS.theseRows(tokenName),
      kind: "rows",
      request: { side, shown: this.#shown, query, region, direction },
      keep: (data) => this.#store.addRows(key, data),
    };
  }
}
