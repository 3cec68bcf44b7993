/** A class, or all classes of a superclass. */
export interface Kind {
  of: "class" | "superclass";
  index: number;
}

/** The kind whose patches stand out while its entry in the legend is pointed at. */
export class Highlight {
  readonly #changed: () => void;
  #kind: Kind | null = null;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  get kind(): Kind | null {
    return this.#kind;
  }

  /** Let the patches of a kind stand out, or none. */
  set(kind: Kind | null): void {
    if (kind?.of === this.#kind?.of && kind?.index === this.#kind?.index) return;
    this.#kind = kind;
    this.#changed();
  }
}
