import { COLOURS, gridOf, type LiveConfig } from "./config";
import { type Change, changeOf, type Edit, type Sources } from "./edits/change";
import { Block } from "./layers/block";
import { Embedding } from "./layers/embedding";
import { Linear } from "./layers/linear";
import { Norm } from "./layers/norm";
import { Products } from "./matrices/products";
import { type PackedModel, Weights } from "./packed/weights";
import type { Run, Site, SiteValues } from "./run";
import { WORDS } from "./words";

/** A vision transformer that computes in the page, with nothing but this script.
 *
 * timm's VisionTransformer of the plainest kind (class-token pooling; see
 * `vitwidgets/publishing`), in single precision.
 */
export class LiveModel {
  readonly config: LiveConfig;
  readonly #tokens: number;
  readonly #embedding: Embedding;
  readonly #blocks: readonly Block[];
  readonly #norm: Norm;
  readonly #head: Linear;

  private constructor(config: LiveConfig, weights: Weights) {
    const { n_layers, d_model, n_classes, epsilon } = config;
    const products = new Products();
    this.config = config;
    this.#tokens = gridOf(config).tokens;
    this.#embedding = new Embedding(products, weights, config);
    this.#blocks = Array.from(
      { length: n_layers },
      (_, layer) => new Block(products, weights, config, layer),
    );
    this.#norm = new Norm(weights, "norm", d_model, epsilon);
    this.#head = new Linear(products, weights, "head", [d_model, n_classes]);
  }

  /** @throws Error if the model is damaged, or the browser can't compute it */
  static async load(packed: PackedModel): Promise<LiveModel> {
    return new LiveModel(packed.config, await Weights.unpack(packed));
  }

  /** A picture as the model takes it, [colour, height, width].
   *
   * @param picture levels from 0 to 255 of the model's own size, [height, width, colour]
   */
  pixelsOf(picture: Uint8Array): Float32Array {
    const { mean, std } = this.config;
    this.#requireSize("the picture", picture.length);
    const area = picture.length / COLOURS;
    return Float32Array.from(picture, (_, at) => {
      const colour = Math.floor(at / area);
      const level = picture[(at % area) * COLOURS + colour] as number;
      return (level / 255 - (mean[colour] as number)) / (std[colour] as number);
    });
  }

  /** Run an image and keep every value.
   *
   * @param pixels [colour, height, width], as the model takes them
   */
  run(pixels: Float32Array): Run {
    this.#requireSize("the image", pixels.length);
    const layers: SiteValues[] = [];
    let stream = this.#embedding.apply(pixels);
    for (const block of this.#blocks) {
      const kept: Partial<Record<Site, Float32Array>> = {};
      stream = block.run(stream, this.#tokens, (site, values) => {
        kept[site] = values;
      });
      layers.push(kept as SiteValues);
    }
    return { layers, logits: this.#logits(stream) };
  }

  /** The logits of an image with edits, which act in their order where they meet.
   *
   * Without any, or with those that change nothing, they are the clean ones bit for bit.
   *
   * @param clean what `run` gave for the image
   * @throws Error if an edit makes no sense, or can't be made in a page
   */
  predict(clean: Run, edits: readonly Edit[], sources: Sources): Float32Array {
    const changes = edits.map((edit) => changeOf(this.config, edit, clean, sources));
    const first = Math.min(...changes.map(({ place }) => place.layer));
    const before = clean.layers[first];
    if (!before) return clean.logits.slice(); // there is no edit
    let stream: Float32Array = before.resid_pre.slice();
    for (let layer = first; layer < this.#blocks.length; layer++) {
      stream = this.#edited(layer, stream, changes);
    }
    return this.#logits(stream);
  }

  #edited(
    layer: number,
    stream: Float32Array,
    changes: readonly Change[],
  ): Float32Array {
    // Of what the last block makes, the class token alone is read.
    const wanted = layer === this.#blocks.length - 1 ? 1 : this.#tokens;
    return (this.#blocks[layer] as Block).run(stream, wanted, (site, values) => {
      for (const { place, apply } of changes) {
        if (place.layer === layer && place.site === site) apply(values);
      }
    });
  }

  #logits(stream: Float32Array): Float32Array {
    const classToken = stream.subarray(0, this.config.d_model);
    return this.#head.apply(this.#norm.apply(classToken));
  }

  #requireSize(what: string, came: number): void {
    const [height, width] = this.config.image_size;
    const wanted = COLOURS * height * width;
    if (came !== wanted) throw new Error(WORDS.numbers(what, wanted, came));
  }
}
