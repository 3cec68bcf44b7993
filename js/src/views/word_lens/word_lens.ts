import type { WordLensState, WordLensWritable } from "../../core/state.gen";
import type { Lens } from "../../lens/lens";
import type { WordFacts } from "./facts";

type Settings = Pick<WordLensState, WordLensWritable>;

/** What the parts of this view share: a lens whose classes are words. */
export interface WordLens extends Omit<Lens, "settings" | "act" | "facts"> {
  readonly settings: {
    get<Name extends WordLensWritable>(name: Name): WordLensState[Name];
    set<Name extends WordLensWritable>(name: Name, value: WordLensState[Name]): void;
  };
  readonly facts: WordFacts;
  act(verb: string, changes: Partial<Settings>): void;
  /** Words were chosen, and what the picture says of them has not come yet. */
  readonly pending: boolean;
  /** Why no other words can be chosen here; null when they can. */
  readonly fixed: string | null;
}
