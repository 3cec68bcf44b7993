import type { AnyModel } from "@anywidget/types";
import { decode } from "../../core/codec";
import type { WordLensState, WordLensWritable } from "../../core/state.gen";
import {
  FACT_NAMES as LENS_FACT_NAMES,
  SETTING_NAMES as LENS_SETTING_NAMES,
  type LensFacts,
  readFacts,
} from "../../lens/facts";

export type WordLensModel = AnyModel<WordLensState>;

const MODES = ["emoji", "class", "heat", "entropy", "mask"] as const;

/** What Python says of one model, one image, and the words that are shown. */
export interface WordFacts extends LensFacts {
  /** Of each word for the whole image. */
  probabilities: Float32Array;
  /** Cosine of the image and each word. */
  similarities: Float32Array;
  /** The sentences that the words were put into. */
  templates: readonly string[];
  /** Words with parts that the text tower never saw. */
  unknown: readonly number[];
  /** How the model came to words that was trained without any; or "". */
  mapCaption: string;
}

const WORD_FACT_NAMES = [
  "class_names",
  "class_descriptions",
  "class_emoji",
  "output_classes",
  "output_probabilities",
  "truth",
  "opening",
  "readable_classes",
  "code_frame",
  "probabilities",
  "similarities",
  "unknown_words",
  "map_caption",
] as const satisfies readonly Exclude<keyof WordLensState, WordLensWritable>[];

/** Names of the state that hangs on the words, which come and go while a view is open. */
const CHANGING: readonly string[] = WORD_FACT_NAMES;

/** Names of the state that belongs to Python and is of the model and the image alone:
 * when one of them changes, the view starts again. */
export const FIXED_FACT_NAMES = LENS_FACT_NAMES.filter(
  (name) => !CHANGING.includes(name),
);

export const SETTING_NAMES = [
  ...LENS_SETTING_NAMES,
  "words",
  "templates",
] as const satisfies readonly WordLensWritable[];

/** The facts of the words that are shown, read anew after they changed. */
export class PresentFacts {
  readonly #model: WordLensModel;
  #facts: WordFacts;
  #outdated = false;

  /** @throws when the present ones can't be read */
  constructor(model: WordLensModel) {
    this.#model = model;
    this.#facts = factsOf(model);
  }

  get facts(): WordFacts {
    if (this.#outdated) {
      this.#facts = factsOf(this.#model);
      this.#outdated = false;
    }
    return this.#facts;
  }

  /** Call `changed` after they changed, once for all that came together.
   *
   * @param signal ends it
   */
  watch(signal: AbortSignal, changed: () => void): void {
    const note = () => {
      if (this.#outdated) return;
      this.#outdated = true;
      queueMicrotask(() => {
        if (!signal.aborted) changed();
      });
    };
    for (const name of WORD_FACT_NAMES) {
      this.#model.on(`change:${name}`, note);
      signal.addEventListener("abort", () => this.#model.off(`change:${name}`, note));
    }
  }
}

function factsOf(model: WordLensModel): WordFacts {
  const names = new Set([...LENS_FACT_NAMES, ...WORD_FACT_NAMES, "templates"] as const);
  const said = Object.fromEntries(
    [...names].map((name) => [name, model.get(name)]),
  ) as unknown as WordLensState;
  return {
    ...readFacts(said, MODES),
    probabilities: decode("probabilities", said.probabilities),
    similarities: decode("similarities", said.similarities),
    templates: said.templates,
    unknown: said.unknown_words,
    mapCaption: said.map_caption,
  };
}
