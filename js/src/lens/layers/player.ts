import type { Scope } from "../../core/dispose";

/** Long enough to look at a layer, in milliseconds. */
const STEP = 700;

/** Walks the layers one after the other, from the present one to the last. */
export class Player {
  readonly #scope: Scope;
  readonly #layers: {
    last: number;
    get(): number;
    show(layer: number): void;
    changed(): void;
  };
  #stopWaiting: (() => void) | null = null;
  #expected = 0;

  /**
   * @param layers.show called with each layer in its turn
   * @param layers.changed called when it starts or stops
   */
  constructor(
    scope: Scope,
    layers: {
      last: number;
      get(): number;
      show(layer: number): void;
      changed(): void;
    },
  ) {
    this.#scope = scope;
    this.#layers = layers;
  }

  get playing(): boolean {
    return this.#stopWaiting !== null;
  }

  /** Start, from the embedding when the last layer is on show; or stop. */
  toggle(): void {
    if (this.playing) {
      this.stop();
      return;
    }
    const { last, get } = this.#layers;
    if (get() >= last) this.#show(-1);
    else this.#expected = get();
    this.#wait();
    this.#layers.changed();
  }

  stop(): void {
    if (!this.#stopWaiting) return;
    this.#stopWaiting();
    this.#stopWaiting = null;
    this.#layers.changed();
  }

  #wait(): void {
    this.#stopWaiting = this.#scope.after(STEP, () => this.#step());
  }

  #step(): void {
    const present = this.#layers.get();
    // Somebody else went to another layer meanwhile: theirs is the one to look at.
    if (present === this.#expected && present < this.#layers.last) {
      this.#show(present + 1);
      if (present + 1 < this.#layers.last) {
        this.#wait();
        return;
      }
    }
    this.#stopWaiting = null;
    this.#layers.changed();
  }

  #show(layer: number): void {
    this.#expected = layer;
    this.#layers.show(layer);
  }
}
