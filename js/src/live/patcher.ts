import type { Edit, Sources } from "./edits/change";
import type { LiveModel } from "./model";
import { meanValues, type Run, type SiteValues } from "./run";

/** Levels from 0 to 255 of the model's own size, [height, width, colour] each. */
export interface Pictures {
  clean: Uint8Array;
  /** By the names that edits give them. */
  donors: ReadonlyMap<string, Uint8Array>;
  /** What means are taken of; none where the page has no means. */
  references: readonly Uint8Array[];
}

/** A clean image and its donors, run in the page, and what edits make of them. */
export class LivePatcher {
  readonly clean: Run;
  readonly donors: ReadonlyMap<string, Run>;
  readonly #model: LiveModel;
  readonly #references: readonly Uint8Array[];
  #means: Promise<readonly SiteValues[]> | null = null;

  constructor(model: LiveModel, { clean, donors, references }: Pictures) {
    const run = (picture: Uint8Array) => model.run(model.pixelsOf(picture));
    this.#model = model;
    this.#references = references;
    this.clean = run(clean);
    this.donors = new Map([...donors].map(([name, picture]) => [name, run(picture)]));
  }

  /** The logits of the clean image with edits, as `LiveModel.predict` gives them. */
  async predict(edits: readonly Edit[]): Promise<Float32Array> {
    const means = edits.some(({ kind }) => kind === "mean") ? await this.means() : null;
    const sources: Sources = { donors: this.donors, means };
    return this.#model.predict(this.clean, edits, sources);
  }

  /** The means over the reference images, which are run once, with pauses for what a
   * person does meanwhile; null where there are none. */
  async means(): Promise<readonly SiteValues[] | null> {
    if (this.#references.length === 0) return null;
    this.#means ??= meanValues(this.#referenceRuns());
    return this.#means;
  }

  async *#referenceRuns(): AsyncGenerator<Run> {
    for (const picture of this.#references) {
      await new Promise((resolve) => setTimeout(resolve));
      yield this.#model.run(this.#model.pixelsOf(picture));
    }
  }
}
