import type { Scope } from "../../core/dispose";
import { EmojiPainter } from "../../core/emoji/emoji_painter";
import { SpriteSupply } from "../../core/emoji/sprites";
import { Loader, type Question } from "../../core/loader";
import { percent } from "../../core/numbers";
import { messageOf } from "../../core/requests";
import type {
  ClickToPatchState,
  ClickToPatchWritable,
  PatchEdit,
  PatcherTask,
} from "../../core/state.gen";
import { undoButtons } from "../../core/view/undo_buttons";
import { View } from "../../core/view/view";
import { actingOf, changeOf, toggled, touched } from "./edits";
import {
  type Donor,
  type Facts,
  nameOf,
  type PatcherModel,
  readFacts,
  SETTING_NAMES,
  type Settings,
} from "./facts";
import { assemble } from "./layout";
import type {
  AskedEdit,
  Change,
  Heat,
  OwnChange,
  Patcher,
  Pointed,
  Prediction,
  SweepQuestion,
} from "./patcher";
import {
  cellsOf,
  predictionOf,
  predictQuestion,
  previewQuestion,
  sweepQuestion,
} from "./questions";
import { checkSetting } from "./setting_checks";
import { SweepHeat } from "./sweep_heat";
import * as WORDS from "./words";

/** Settings that sweeps are asked with. */
const OF_HEAT: readonly string[] = [
  "grid_shown",
  "layer",
  "site",
  "part",
  "source",
  "target",
  "metric",
  "direction",
];

/** Milliseconds in which an act and its answer count as one, and are drawn in one frame:
 * two cost a weak machine twice the time, and nobody sees the first. */
const TOGETHER = 60;

export class PatcherView
  extends View<ClickToPatchState, ClickToPatchWritable, OwnChange>
  implements Patcher
{
  readonly facts: Facts;
  readonly clean: Prediction;
  readonly emoji = new EmojiPainter();
  prediction: Prediction | null = null;
  acting: readonly AskedEdit[] = [];
  pointed: Pointed = { address: "", tokens: [] };
  readonly #model: PatcherModel;
  readonly #predictions: Loader;
  readonly #previews: Loader;
  readonly #heat: SweepHeat;
  readonly #supply: SpriteSupply;
  #showProof: () => void = () => undefined;
  #showsHeat = false;
  #isWanting = false;
  #holdsUntil = 0;

  constructor(model: PatcherModel, root: HTMLElement, scope: Scope) {
    const facts = readFacts(model);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkSetting(facts, name, value),
    );
    this.facts = facts;
    this.#model = model;
    this.clean = predictionOf([], facts.logits);
    this.#predictions = new Loader<Question>(this.requests, {
      needed: () => [this.#asked],
      came: () => this.invalidate("prediction"),
      failed: (_, why) => this.#tell(why),
    });
    this.#previews = new Loader<Question>(this.requests, {
      needed: () => this.#needed,
      came: () => this.invalidate("heat"),
      failed: () => undefined, // the grid says it in its own place
    });
    this.#heat = new SweepHeat(facts, this.#previews);
    this.#supply = new SpriteSupply(this.emoji, this.requests, {
      came: () => this.invalidate("emoji"),
      failed: (error) => this.alert(WORDS.noSprites(messageOf(error))),
    });
    scope.onDispose(() => this.emoji.dispose());
    this.acting = actingOf(this.settings.get("interventions"));
    this.#hear();
    root.classList.add("vw-patcher");
    const alert = (message: string) => this.alert(message);
    const undo = undoButtons(this.history, root, scope, alert, () => undefined);
    this.start(assemble(this, root, undo, this.notices));
  }

  get donor(): Donor {
    const { donors } = this.facts;
    const name = this.settings.get("source");
    return donors.find((each) => each.name === name) as Donor; // as the checks saw to
  }

  get wanted(): number {
    const target = this.settings.get("target");
    return target < 0 ? this.donor.top : target;
  }

  get stale(): boolean {
    return this.#present === null;
  }

  get missing(): string | null {
    const asked = this.#asked;
    if (!asked || !this.stale) return null;
    const why = this.#predictions.whyNot(asked);
    if (why !== null) return why;
    return this.detached ? WORDS.gone : null;
  }

  get task(): PatcherTask {
    return this.#model.get("task");
  }

  get question(): SweepQuestion {
    return sweepQuestion(this.settings);
  }

  get heat(): Heat {
    return this.#heat.of(this.question);
  }

  get tokenHeat(): Heat | null {
    return this.#showsHeat ? this.#heat.of(this.#tokenQuestion) : null;
  }

  showHeat(shown: boolean): void {
    this.#showsHeat = shown;
    this.invalidate("heat");
    this.want();
  }

  toggle(address: string, tokens: readonly string[] = []): void {
    if (!this.answers(address, tokens)) this.alert(WORDS.notHeld);
    else this.edit(WORDS.patch, this.#toggled(address, tokens));
  }

  answers(address: string, tokens: readonly string[] = []): boolean {
    const holds = (interventions: readonly AskedEdit[]) =>
      this.requests.holds("predict", { interventions });
    return (
      holds([{ address, tokens: [...tokens], ...changeOf(this.settings) }]) ||
      holds(actingOf(this.#toggled(address, tokens)))
    );
  }

  edit(verb: string, edits: readonly PatchEdit[]): void {
    this.act(verb, { interventions: [...edits] });
  }

  mark(address: string): void {
    const present = this.settings.get("marked");
    const isMarked = present.includes(address);
    const marked = isMarked
      ? present.filter((each) => each !== address)
      : [...present, address];
    this.act(isMarked ? WORDS.unmark : WORDS.mark, { marked });
  }

  point(address: string, tokens: readonly string[]): void {
    const { pointed } = this;
    if (pointed.address === address && pointed.tokens.join() === tokens.join()) return;
    this.pointed = { address, tokens };
    this.invalidate("pointed");
  }

  keepSweep(question: SweepQuestion, values: Float32Array, correlation: number): void {
    this.#heat.keep(question, values, correlation);
    this.invalidate("heat");
  }

  showProof(): void {
    this.#showProof();
  }

  onShowProof(show: () => void): void {
    this.#showProof = show;
  }

  override invalidate(change: Change): void {
    super.invalidate(change);
    if (change !== "values") return;
    super.invalidate("prediction");
    super.invalidate("heat");
  }

  protected override settingChanged(name: (typeof SETTING_NAMES)[number]): void {
    if (name === "interventions") {
      this.acting = actingOf(this.settings.get(name));
      this.#holdsUntil = performance.now() + TOGETHER;
      this.invalidate("prediction");
    }
    if (OF_HEAT.includes(name)) this.invalidate("heat");
    super.settingChanged(name);
  }

  protected addressOf(changes: Partial<Settings>): string {
    const { settings, facts } = this;
    if (changes.interventions) {
      return touched(settings.get("interventions"), changes.interventions);
    }
    if (changes.marked) {
      const [one, other] = [settings.get("marked"), changes.marked];
      const isInBoth = (each: string) => one.includes(each) && other.includes(each);
      return [...one, ...other].filter((each) => !isInBoth(each)).join(", ");
    }
    if (changes.target !== undefined) return nameOf(facts, changes.target);
    return Object.values(changes).join(", ");
  }

  protected awaited(): string {
    return this.stale && this.missing === null ? WORDS.prediction : "";
  }

  /** The prediction at once: it is what a click is for. Of the rest, what is needed once
   * all of an act's settings are there. */
  protected want(): void {
    this.#predictions.want();
    if (this.#isWanting) return;
    this.#isWanting = true;
    queueMicrotask(() => {
      this.#isWanting = false;
      if (this.scope.disposed) return;
      this.#previews.want();
      void this.#supply.want(this.facts.classes.emoji);
    });
  }

  protected override holds(): boolean {
    const isComing = this.stale && this.missing === null;
    return isComing && performance.now() < this.#holdsUntil;
  }

  protected prepare(_changed: ReadonlySet<Change>): void {
    this.prediction = this.#present ?? this.prediction;
    this.notices.say(this.status());
  }

  /** What the model says; while that is awaited, what was said before stays. */
  protected status(): string {
    const { facts, prediction, missing } = this;
    const count = WORDS.edits(this.acting.length);
    if (missing !== null) return WORDS.status(facts.name, count, WORDS.unknown);
    if (!prediction || this.stale) return this.notices.status.textContent;
    const name = nameOf(facts, prediction.top);
    const share = percent(prediction.probabilities[prediction.top] ?? 0);
    const says =
      prediction.top === facts.top
        ? WORDS.says(name, share)
        : WORDS.before(
            prediction.top === this.wanted
              ? WORDS.flipped(name, share)
              : WORDS.says(name, share),
            nameOf(facts, facts.top),
          );
    return WORDS.status(facts.name, count, says);
  }

  #toggled(address: string, tokens: readonly string[]): PatchEdit[] {
    const { settings, facts } = this;
    const edits = settings.get("interventions");
    return toggled(edits, address, changeOf(settings), tokens, facts.labels);
  }

  /** The prediction of the present edits, when it is here. */
  get #present(): Prediction | null {
    const asked = this.#asked;
    return asked ? this.#predictions.get(asked) : this.clean;
  }

  get #needed(): readonly (Question | null)[] {
    const questions = [
      this.question,
      ...(this.#showsHeat ? [this.#tokenQuestion] : []),
    ];
    return questions.map((each) => previewQuestion(each, cellsOf(each, this.facts)));
  }

  get #asked(): Question<Prediction> | null {
    if (this.acting.length === 0) return null;
    return predictQuestion(this.acting, this.facts.logits.length);
  }

  get #tokenQuestion(): SweepQuestion {
    return { ...this.question, over: this.settings.get("site"), layer: -1 };
  }

  #hear(): void {
    const on = (name: "task" | "sweep", heard: () => void) => {
      this.#model.on(`change:${name}`, heard);
      this.scope.onDispose(() => this.#model.off(`change:${name}`, heard));
    };
    on("task", () => this.invalidate("task"));
    on("sweep", () => this.#takeSweep());
    this.#takeSweep();
  }

  #takeSweep(): void {
    try {
      this.#heat.take(this.#model.get("sweep"));
    } catch (error) {
      this.alert(messageOf(error));
    }
    this.invalidate("heat");
  }

  /** A saved page holds what it holds: that is said beside the prediction alone. */
  #tell(why: string): void {
    if (this.missing === why && why !== WORDS.needsKernel) {
      this.alert(WORDS.notPredicted(why));
    }
  }
}
