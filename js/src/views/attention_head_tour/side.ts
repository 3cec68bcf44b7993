import type { Sizes } from "../../core/attention";
import { AttentionStore, rowsKey } from "../../core/attention";
import type { Facts, Shown } from "./facts";
import { HeadValues } from "./heads/head_values";
import { Loader } from "./loader";
import type { Tour } from "./tour";
import { WORDS } from "./words";

/** What is in the page of one kind of values. */
interface Sheet {
  readonly sizes: Sizes;
  readonly store: AttentionStore;
  readonly values: HeadValues;
  readonly loader: Loader;
  /** Which of the store's values were read last. */
  reading: string;
}

/** One model on one image: what is shown of it from the present token's side. */
export class Side {
  readonly facts: Facts;
  readonly index: number;
  readonly #tour: Tour;
  readonly #sheets = new Map<Shown, Sheet>();
  /** The values are still those of the query before. */
  stale = false;

  constructor(tour: Tour, facts: Facts, index: number) {
    this.#tour = tour;
    this.facts = facts;
    this.index = index;
    const { query, direction } = facts.opening;
    this.#sheet("pattern").store.addRows(rowsKey([query], direction), facts.opening);
  }

  /** Sizes of what is shown; a rollout has one map a layer. */
  get sizes(): Sizes {
    return this.#present.sizes;
  }

  get store(): AttentionStore {
    return this.#present.store;
  }

  /** Values from the present tokens' side; while `stale`, still those of the ones
   * before. */
  get values(): HeadValues {
    return this.#present.values;
  }

  /** Tokens whose mean is shown: the query or the region's patches, at the same place in
   * this side's picture; null where this model has no such token. */
  get tokens(): readonly number[] | null {
    const { grid } = this.#first;
    const region = this.#tour.settings.get("region");
    const all =
      region.length === 0 ? [this.#tour.settings.get("query")] : grid.within(region);
    const own = all.map((token) => grid.matching(token, this.facts.grid));
    if (own.includes(null)) return null;
    return [...new Set(own as number[])].sort((one, other) => one - other);
  }

  /** The one token on show; null for a region, and where this model has none. */
  get query(): number | null {
    const { tokens } = this;
    return tokens?.length === 1 ? (tokens[0] ?? null) : null;
  }

  /** Layer and head in the large view; null where this model has no such head. */
  get place(): readonly [number, number] | null {
    const { settings } = this.#tour;
    return this.placeOf(settings.get("layer"), settings.get("head"));
  }

  /** Where a head is among what is shown; null where this model has no such head. */
  placeOf(layer: number, head: number): readonly [number, number] | null {
    const { layers, heads } = this.facts.sizes;
    if (layer >= layers) return null;
    if (this.#shown === "rollout") return [layer, 0];
    return head < heads ? [layer, head] : null;
  }

  /** What a person calls the tokens on show. */
  get tokenName(): string {
    const { tokens } = this;
    const { grid } = this.facts;
    const [first] = tokens ?? [];
    const last = tokens?.at(-1);
    if (first === undefined || last === undefined) {
      return this.#first.grid.name(this.#tour.settings.get("query"));
    }
    if (first === last) return grid.name(first);
    return WORDS.patches(grid.name(first), grid.name(last));
  }

  /** Why nothing is to be seen of a layer; null when there is something. */
  missing(layer: number): string | null {
    if (this.tokens === null) return WORDS.noToken(this.facts.name, this.tokenName);
    if (!this.stale && this.values.isPresent(layer)) return null;
    const { detached } = this.#tour;
    const title = this.stale ? this.tokenName : WORDS.layer(layer);
    if (detached) return WORDS.missing(title);
    return this.#present.loader.failed ? WORDS.failed(title) : WORDS.loading(title);
  }

  /** More is on its way. */
  get busy(): boolean {
    const { loader, store, sizes } = this.#present;
    if (this.#tour.detached || loader.failed) return false;
    return this.facts.delivery === "rows"
      ? this.stale
      : store.loadedLayers < sizes.layers;
  }

  /** What is on its way, or "". */
  get fetching(): string {
    if (!this.busy) return "";
    const { store, sizes } = this.#present;
    return this.stale
      ? WORDS.loading(this.tokenName)
      : WORDS.loadingLayers(store.loadedLayers, sizes.layers);
  }

  /** The token of the first side that is at the place of one of this side's. */
  firstToken(token: number): number | null {
    return this.facts.grid.matching(token, this.#first.grid);
  }

  /** Fetch what the present settings need. */
  want(): void {
    this.#present.loader.want();
  }

  /** Which values these are: another name when they are others. */
  get reading(): string {
    return `${this.#shown} ${this.#present.reading}`;
  }

  /** Read the values of the present settings out of what is in the page. */
  read(): void {
    const { tokens } = this;
    const sheet = this.#present;
    const { store, values } = sheet;
    if (!tokens) {
      values.forget(); // those of the token before would pass for this one's
      sheet.reading = "";
      this.stale = false;
      return;
    }
    const direction = this.#tour.settings.get("direction");
    const key = rowsKey(tokens, direction);
    // Where only rows travel, the last picture stays (dimmed) until the next has come.
    this.stale = this.facts.delivery === "rows" && !store.hasRows(key);
    const reading = `${key} of ${store.loadedLayers} layers`;
    if (this.stale || reading === sheet.reading) return;
    values.read(store, tokens, direction);
    sheet.reading = reading;
  }

  get #shown(): Shown {
    return this.#tour.settings.get("shown");
  }

  get #first(): Facts {
    return this.#tour.sides[0]?.facts ?? this.facts;
  }

  get #present(): Sheet {
    return this.#sheet(this.#shown);
  }

  #sheet(shown: Shown): Sheet {
    const known = this.#sheets.get(shown);
    if (known) return known;
    const { sizes: all, grid } = this.facts;
    const sizes = shown === "rollout" ? { ...all, heads: 1 } : all;
    const store = new AttentionStore(sizes, this.#tour.facts.payloadBudget);
    const values = new HeadValues(sizes, grid);
    const loader = new Loader(this.#tour, this, store, shown);
    const sheet = { sizes, store, values, loader, reading: "" };
    this.#sheets.set(shown, sheet);
    return sheet;
  }
}
