import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { EmojiPainter } from "../../core/emoji/emoji_painter";
import { SpriteSupply } from "../../core/emoji/sprites";
import { belongsOutside } from "../../core/keyboard";
import { Loader } from "../../core/loader";
import { messageOf } from "../../core/requests";
import type {
  LogitAttributionState,
  LogitAttributionWritable,
} from "../../core/state.gen";
import { viewHeader } from "../../core/view/header";
import { undoButtons } from "../../core/view/undo_buttons";
import { View } from "../../core/view/view";
import { addressOf, levelOf, pathTo } from "./address";
import type { Neurons, Sources } from "./answers";
import type {
  Attribution,
  Change,
  Order,
  OwnChange,
  Panel,
  ShownSplit,
} from "./attribution";
import { componentsPanel } from "./components/components_panel";
import { controlsPanel } from "./controls";
import { depthPanel } from "./curve/depth_panel";
import { equationPanel } from "./equation";
import {
  type AttributionModel,
  type Facts,
  readFacts,
  SETTING_NAMES,
  type Settings,
} from "./facts";
import { openedPanel } from "./opened/opened_panel";
import { type Quantity, quantityName, quantityOf } from "./quantity";
import {
  neuronsQuestion,
  type Question,
  sourcesQuestion,
  splitQuestion,
} from "./questions";
import { checkSetting } from "./setting_checks";
import { WORDS } from "./words";

export class AttributionView
  extends View<LogitAttributionState, LogitAttributionWritable, OwnChange>
  implements Attribution
{
  readonly facts: Facts;
  readonly emoji = new EmojiPainter();
  shown: ShownSplit | null = null;
  sources: Sources | null = null;
  neurons: Neurons | null = null;
  order: Order = "size";
  readonly #loader: Loader<Question>;
  readonly #supply: SpriteSupply;
  /** The level that was drawn last. */
  #opened = "";
  #isWanting = false;

  constructor(model: AttributionModel, root: HTMLElement, scope: Scope) {
    const facts = readFacts(model);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkSetting(facts, name, value),
    );
    this.facts = facts;
    this.#loader = new Loader<Question>(this.requests, {
      needed: () => this.#needed(),
      came: () => this.invalidate("values"),
      failed: (question, why) => this.#tell(question, why),
    });
    this.#supply = new SpriteSupply(this.emoji, this.requests, {
      came: () => this.invalidate("emoji"),
      failed: (error) => this.alert(WORDS.noSprites(messageOf(error))),
    });
    scope.onDispose(() => this.emoji.dispose());
    root.classList.add("vw-attribution");
    this.start(this.#assemble(root));
  }

  get level() {
    return levelOf(this.settings.get("component"), this.facts);
  }

  get stale(): boolean {
    return this.#loader.get(splitQuestion(this.#quantity)) === null;
  }

  get missing(): string | null {
    const [split, detail] = this.#needed();
    const question = this.shown === null ? split : detail;
    if (!question || this.#loader.get(question) !== null) return null;
    const name = this.#nameOf(question);
    const why = this.#loader.whyNot(question);
    if (why !== null) return WORDS.notLoaded(name, why);
    return this.detached ? WORDS.missing(name) : WORDS.fetching(name);
  }

  open(address: string): void {
    this.act(WORDS.opened, { component: address });
  }

  setOrder(order: Order): void {
    this.order = order;
    this.invalidate("order");
  }

  protected addressOf(changes: Partial<Settings>): string {
    if (changes.component !== undefined) {
      return changes.component || WORDS.levelName({ kind: "all" });
    }
    return quantityName({ ...this.#settings, ...changes }, this.facts.classes);
  }

  protected awaited(): string {
    const open = this.#needed().find(
      (each) => each && this.#loader.get(each) === null && !this.#loader.whyNot(each),
    );
    return open ? WORDS.fetching(this.#nameOf(open)) : "";
  }

  /** Once all of an act's settings are there: halfway through a swap, a class would be
   * compared with itself. */
  protected want(): void {
    if (this.#isWanting) return;
    this.#isWanting = true;
    queueMicrotask(() => {
      this.#isWanting = false;
      if (this.scope.disposed) return;
      this.#loader.want();
      void this.#supply.want(this.facts.classes.emoji);
    });
  }

  protected prepare(_changed: ReadonlySet<Change>): void {
    const quantity = this.#quantity;
    const split = this.#loader.get(splitQuestion(quantity));
    if (split) {
      const name = quantityName(quantity, this.facts.classes);
      this.shown = { quantity, name, split };
    }
    const { level } = this;
    const sources = this.#loader.get(sourcesQuestion(quantity, level));
    const neurons = this.#loader.get(neuronsQuestion(quantity, level));
    // What is about to be replaced stays, so that nothing jumps.
    const stays = addressOf(level) === this.#opened && !this.#failed;
    this.sources = sources ?? (stays ? this.sources : null);
    this.neurons = neurons ?? (stays ? this.neurons : null);
    this.#opened = addressOf(level);
  }

  protected status(): string {
    const name = quantityName(this.#settings, this.facts.classes);
    const component = this.settings.get("component");
    const opened = component || WORDS.levelName({ kind: "all" });
    return `${this.facts.name} · ${name} · ${opened}`;
  }

  get #settings(): Quantity {
    const { settings } = this;
    return {
      target: settings.get("target"),
      versus: settings.get("versus"),
      measure: settings.get("measure"),
    };
  }

  get #quantity(): Quantity {
    return quantityOf(this.#settings, this.facts.readable);
  }

  get #failed(): boolean {
    return this.#needed().some((each) => each && this.#loader.whyNot(each) !== null);
  }

  #needed(): readonly (Question | null)[] {
    const [quantity, level] = [this.#quantity, this.level];
    return [
      splitQuestion(quantity),
      sourcesQuestion(quantity, level) ?? neuronsQuestion(quantity, level),
    ];
  }

  #nameOf({ kind }: Question): string {
    if (kind !== "attribution") return addressOf(this.level);
    return quantityName(this.#settings, this.facts.classes);
  }

  /** What can't be opened says so in its own place. */
  #tell(question: Question, why: string): void {
    if (question.kind !== "attribution") return;
    this.alert(WORDS.notLoaded(this.#nameOf(question), why));
  }

  #assemble(root: HTMLElement): Panel[] {
    const alert = (message: string) => this.alert(message);
    const undo = undoButtons(this.history, root, this.scope, alert, () => undefined);
    const controls = controlsPanel(this, root, undo);
    const panels = {
      equation: equationPanel(this),
      depth: depthPanel(this),
      components: componentsPanel(this),
      opened: openedPanel(this),
    };
    this.scope.listen(root, "keydown", (event) => {
      if (event.key !== "Backspace" || belongsOutside(event)) return;
      const outer = pathTo(this.level).at(-2);
      if (outer) this.open(addressOf(outer));
    });
    const { name, layers, heads } = this.facts;
    const title = { name, size: WORDS.size(layers, heads), badge: this.notices.badge };
    const overview = element("div.vw-overview", [
      panels.depth.root,
      panels.components.root,
    ]);
    const body = element("div.vw-body", [
      panels.equation.root,
      element("div.vw-panels", [overview, panels.opened.root]),
      this.notices.alert,
    ]);
    root.append(viewHeader(title, controls.root), body, this.notices.status);
    return [controls, ...Object.values(panels)];
  }
}
