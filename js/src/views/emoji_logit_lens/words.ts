import { kindWords } from "../../lens/words";

/** The sentences that this view adds to those of every lens. */
export const WORDS = {
  notShown: (why: string) => `The lens can't be shown: ${why}`,
  size: (layers: number, classes: number) => `${layers} layers, ${classes} classes`,
  output: "The model's answer",
  kinds: kindWords("class", "classes"),
} as const;
