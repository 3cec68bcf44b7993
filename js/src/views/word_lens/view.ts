import type { Scope } from "../../core/dispose";
import type { Remembered } from "../../core/history";
import { sameJson } from "../../core/json_values";
import { pythonCode } from "../../core/python_code";
import { messageOf } from "../../core/requests";
import {
  WordLensCode,
  type WordLensState,
  type WordLensWritable,
} from "../../core/state.gen";
import type { Change } from "../../lens/lens";
import { LensView } from "../../lens/lens_view";
import { ClassColours } from "../../lens/modes/class_colours";
import { ReadingStore } from "../../lens/reading_store";
import type { ClassMap } from "../../lens/readings";
import { WORDS as LENS_WORDS } from "../../lens/words";
import {
  PresentFacts,
  SETTING_NAMES,
  type WordFacts,
  type WordLensModel,
} from "./facts";
import { EXPLANATION } from "./help_words";
import { maskWords } from "./list/mask_words";
import { checkWordSetting } from "./setting_checks";
import { frameSharedMarks } from "./shared_marks";
import type { WordLens } from "./word_lens";
import { WORDS } from "./words";
import { wordsPanel } from "./words_panel";

/** How long what is seen stays as it is, in milliseconds, while new words come. */
const HELD_FOR = 1_000;

type More = "words" | "templates";
type Changes = Partial<Pick<WordLensState, WordLensWritable>>;

export class WordLensView extends LensView<WordLensState, More> implements WordLens {
  readonly words = WORDS.kinds;
  readonly classColours: ClassColours;
  protected readonly store: ReadingStore;
  readonly #present: PresentFacts;
  /** Those that values are kept of. */
  #kept: WordFacts;
  #heldUntil = 0;

  constructor(model: WordLensModel, root: HTMLElement, scope: Scope) {
    const present = new PresentFacts(model);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkWordSetting(present.facts, name, value),
    );
    this.#present = present;
    this.#kept = present.facts;
    // A word keeps its colour, whatever its number.
    this.classColours = new ClassColours(
      this.facts,
      (index) => this.facts.classes.names[index],
    );
    this.store = new ReadingStore(this);
    root.classList.add("vw-words");
    frameSharedMarks(this);
    const panels = this.assemble(root, {
      size: WORDS.size(this.facts.layers),
      explanation: EXPLANATION,
      code: () => this.#code(),
      classes: wordsPanel(this),
      output: null,
      choosing: maskWords(this),
    });
    present.watch(scope.signal, () => this.#factsChanged());
    this.start(panels);
    this.want();
  }

  get facts(): WordFacts {
    return this.#present.facts;
  }

  get pending(): boolean {
    return !sameJson(this.settings.get("words"), this.facts.classes.names);
  }

  get fixed(): string | null {
    if (this.facts.readable.length > 0) return WORDS.saved;
    return this.detached ? WORDS.gone : null;
  }

  override get stale(): boolean {
    return this.pending || super.stale;
  }

  override get missing(): string | null {
    if (!this.pending) return super.missing;
    const { missing, loading } = LENS_WORDS;
    return (this.detached ? missing : loading)(WORDS.newWords);
  }

  override classMap(target: number): ClassMap | null {
    return this.pending ? null : super.classMap(target);
  }

  override act(verb: string, changes: Changes): void {
    const numbered = ["target", "versus", "mask"].some((name) => name in changes);
    if (this.pending && numbered && !changes.words) this.alert(WORDS.notYet);
    else super.act(verb, changes);
  }

  protected override addressOf(changes: Changes): string {
    if (!changes.words) return super.addressOf(changes);
    const [before, after] = [this.settings.get("words"), changes.words];
    const others = [
      ...after.filter((each) => !before.includes(each)),
      ...before.filter((each) => !after.includes(each)),
    ];
    return others.join(", ");
  }

  protected override settingChanged(name: WordLensWritable | keyof Remembered): void {
    super.settingChanged(name);
    if (name !== "words") return;
    if (!this.pending) {
      this.invalidate("facts"); // back to the words that are shown
      return;
    }
    this.#heldUntil = performance.now() + HELD_FOR;
    // Not in the next frame, which waits for what comes of it.
    queueMicrotask(() => {
      if (!this.detached) this.settings.save();
    });
  }

  protected override want(): void {
    // Numbers may be of new words already, which Python, or the store, has not taken.
    if (!this.pending && this.facts === this.#kept) super.want();
  }

  protected override holds(): boolean {
    return this.pending && !this.detached && performance.now() < this.#heldUntil;
  }

  protected override prepare(changed: ReadonlySet<Change>): void {
    super.prepare(changed);
    if (this.pending) this.colouring = null;
  }

  #factsChanged(): void {
    try {
      this.#kept = this.facts;
    } catch (error) {
      this.alert(WORDS.notShown(messageOf(error)));
      return;
    }
    this.store.restart();
    this.highlight.set(null);
    this.invalidate("facts");
    this.want();
  }

  #code(): string {
    const state = SETTING_NAMES.map((name) => [name, this.settings.get(name)] as const);
    return pythonCode(this.facts.codeFrame, Object.fromEntries(state), WordLensCode);
  }
}
