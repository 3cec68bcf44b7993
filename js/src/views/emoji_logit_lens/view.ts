import type { AnyModel } from "@anywidget/types";
import type { Scope } from "../../core/dispose";
import { pythonCode } from "../../core/python_code";
import { EmojiLogitLensCode, type EmojiLogitLensState } from "../../core/state.gen";
import {
  FACT_NAMES as LENS_FACT_NAMES,
  type LensFacts,
  readFacts,
  SETTING_NAMES,
} from "../../lens/facts";
import { LensView } from "../../lens/lens_view";
import { ClassColours } from "../../lens/modes/class_colours";
import type { Colouring } from "../../lens/modes/colouring";
import { ReadingStore } from "../../lens/reading_store";
import { checkSetting } from "../../lens/setting_checks";
import { EXPLANATION } from "./help_words";
import { maskChoosing } from "./mask/mask_choosing";
import { outputPanel } from "./output_panel";
import { searchPanel } from "./search/search_panel";
import { bySuperclass } from "./superclasses";
import { WORDS } from "./words";

export type EmojiLensModel = AnyModel<EmojiLogitLensState>;

const MODES = ["emoji", "class", "superclass", "heat", "entropy", "mask"] as const;

/** Names of the state that belongs to Python: when one of them changes, the view starts
 * again. */
export const FACT_NAMES = [
  ...LENS_FACT_NAMES,
  "class_superclasses",
  "superclasses",
] as const satisfies readonly (keyof EmojiLogitLensState)[];

export class EmojiLensView extends LensView<EmojiLogitLensState> {
  readonly facts: LensFacts;
  readonly words = WORDS.kinds;
  readonly classColours: ClassColours;
  protected readonly store: ReadingStore;

  constructor(model: EmojiLensModel, root: HTMLElement, scope: Scope) {
    const said = Object.fromEntries(
      FACT_NAMES.map((name) => [name, model.get(name)]),
    ) as unknown as EmojiLogitLensState;
    const facts = readFacts(said, MODES, said);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkSetting(facts, name, value),
    );
    this.facts = facts;
    this.classColours = new ClassColours(facts);
    this.store = new ReadingStore(this);
    const panels = this.assemble(root, {
      size: WORDS.size(facts.layers, facts.classes.names.length),
      explanation: EXPLANATION,
      code: () => this.#code(),
      classes: searchPanel(this),
      output: outputPanel(this),
      choosing: maskChoosing(this),
    });
    this.start(panels);
    this.want();
  }

  protected override colour(): Colouring | null {
    const superclasses = this.settings.get("mode") === "superclass";
    return superclasses ? bySuperclass(this) : super.colour();
  }

  #code(): string {
    const state = SETTING_NAMES.map((name) => [name, this.settings.get(name)] as const);
    return pythonCode(
      this.facts.codeFrame,
      Object.fromEntries(state),
      EmojiLogitLensCode,
    );
  }
}
