import { type Answer, DetachedError, messageOf, newestOnly } from "../../core/requests";
import type { Lens } from "../lens";
import { MASK_WORDS as WORDS } from "./words";

/** What a mask is compared by. */
interface Question {
  lens: string;
  norm: string;
  classes: readonly number[];
}

/** How well a mask fits the known objects, one number a row: the embedding, then each
 * layer; shares from 0 to 1, NaN where there is nothing to compare. */
export interface Fit {
  iou: Float32Array;
  accuracy: Float32Array;
}

/** Asks the kernel how well the present mask fits. */
export class Overlap {
  /** Null while it is not known. */
  fit: Fit | null = null;
  /** Why it is not known, or "". */
  trouble = "";
  readonly #lens: Lens;
  readonly #ask: (question: Question) => void;
  #asked = "";

  /** @param changed called when an answer has come, or will not come */
  constructor(lens: Lens, changed: () => void) {
    this.#lens = lens;
    const settle = (fit: Fit | null, trouble: string) => {
      this.fit = fit;
      this.trouble = trouble;
      changed();
    };
    this.#ask = newestOnly<Question>(
      (question) => lens.requests.ask("overlap", { ...question }, { slow: true }),
      (question, answer) => {
        if (JSON.stringify(question) !== this.#asked) return; // a newer one is asked
        const fit = fitFrom(answer);
        settle(fit, fit ? "" : WORDS.absent);
      },
      (error) => {
        // A kernel that went may come back, and is asked again then.
        if (error instanceof DetachedError) this.#asked = "";
        const absent = error instanceof DetachedError;
        settle(null, absent ? WORDS.absent : WORDS.failed(messageOf(error)));
      },
    );
  }

  /** What was asked last holds no longer. */
  forget(): void {
    this.#asked = "";
    this.fit = null;
  }

  /** Ask how well a set of classes fits, unless that was asked last. */
  want(classes: readonly number[]): void {
    const { settings, detached } = this.#lens;
    const question = {
      lens: settings.get("lens"),
      norm: settings.get("norm"),
      classes,
    };
    const asked = JSON.stringify(question);
    if (asked === this.#asked) return;
    this.fit = null;
    this.trouble = detached ? WORDS.absent : WORDS.waiting;
    if (detached) return;
    this.#asked = asked;
    this.#ask(question);
  }
}

/** The numbers of an answer; null for one without any (that of a saved page). */
function fitFrom({ arrays }: Answer): Fit | null {
  const find = (name: string) => arrays.find((array) => array.name === name)?.values;
  const [iou, accuracy] = [find("iou"), find("accuracy")];
  const isFit = iou instanceof Float32Array && accuracy instanceof Float32Array;
  return isFit ? { iou, accuracy } : null;
}
