import { className } from "../../core/classes/class_facts";
import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { EmojiPainter } from "../../core/emoji/emoji_painter";
import { SpriteSupply } from "../../core/emoji/sprites";
import { messageOf } from "../../core/requests";
import type { EmojiLogitLensState, EmojiLogitLensWritable } from "../../core/state.gen";
import { viewHeader } from "../../core/view/header";
import { contains } from "../../core/view/panel";
import { undoButtons } from "../../core/view/undo_buttons";
import { View } from "../../core/view/view";
import { controlsPanel } from "./controls";
import { curvesPanel } from "./curves/curves_panel";
import { type LensModel, readFacts, SETTING_NAMES, type Settings } from "./facts";
import { Highlight } from "./highlight";
import { layersPanel } from "./layers/layers_panel";
import { legendPanel } from "./legend/legend_panel";
import {
  type Change,
  type Lens,
  layerName,
  type Overlay,
  type OwnChange,
  type Panel,
} from "./lens";
import { maskPanel } from "./mask/mask_panel";
import { ClassColours } from "./modes/class_colours";
import { COLOURED, type Colouring, colouringOf } from "./modes/colouring";
import { overviewPanel } from "./overview/overview_panel";
import { picturePanel } from "./picture/picture_panel";
import { Pointed } from "./pointed";
import { ReadingStore } from "./reading_store";
import type { ClassMap, Readings } from "./readings";
import { outputPanel } from "./readout/output_panel";
import { readoutPanel } from "./readout/readout_panel";
import { searchPanel } from "./search/search_panel";
import { checkSetting } from "./setting_checks";
import { WORDS } from "./words";

export class LensView
  extends View<EmojiLogitLensState, EmojiLogitLensWritable, OwnChange>
  implements Lens
{
  readonly facts;
  readonly emoji = new EmojiPainter();
  readonly classColours: ClassColours;
  readonly pointed = new Pointed(() => this.invalidate("pointed"));
  readonly highlight = new Highlight(() => this.invalidate("highlight"));
  readonly overlays: Overlay[] = [];
  colouring: Colouring | null = null;
  readonly #store: ReadingStore;
  readonly #supply: SpriteSupply;
  #tooSmall: () => boolean = () => false;

  constructor(model: LensModel, root: HTMLElement, scope: Scope) {
    const facts = readFacts(model);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkSetting(facts, name, value),
    );
    this.facts = facts;
    this.classColours = new ClassColours(facts);
    this.#store = new ReadingStore(this);
    this.#supply = new SpriteSupply(this.emoji, this.requests, {
      came: () => this.invalidate("sprites"),
      failed: (error) => this.alert(WORDS.notLoaded(WORDS.sprites, messageOf(error))),
    });
    scope.onDispose(() => this.emoji.dispose());
    root.classList.add("vw-lens");
    this.start(this.#assemble(root));
    this.want();
  }

  get readings(): Readings {
    return this.#store.readings;
  }

  get stale(): boolean {
    return this.#store.stale;
  }

  /** Why the present settings can't be shown; null when they are. */
  get missing(): string | null {
    const { settings } = this;
    const heat = settings.get("mode") === "heat";
    if (heat && settings.get("target") < 0) return WORDS.chooseClass;
    return heat || this.stale ? this.#store.missing : null;
  }

  classMap(target: number): ClassMap | null {
    return this.#store.classMap(target);
  }

  addOverlay(draw: Overlay): void {
    this.overlays.push(draw);
  }

  protected addressOf(changes: Partial<Settings>): string {
    const { grid, classes } = this.facts;
    if (changes.token !== undefined) return grid.name(changes.token);
    if (changes.layer !== undefined) return layerName(changes.layer);
    if (changes.target !== undefined) return className(classes, changes.target);
    if (changes.versus !== undefined) return className(classes, changes.versus);
    return changes.mode === undefined ? "" : WORDS.modes[changes.mode];
  }

  protected awaited(): string {
    return this.#store.missing ?? "";
  }

  protected want(): void {
    this.#store.want();
    const { classes, superclasses } = this.facts;
    void this.#supply.want([
      ...classes.emoji,
      ...superclasses.map((each) => each.emoji),
    ]);
  }

  protected prepare(changed: ReadonlySet<Change>): void {
    if (contains(changed, ...COLOURED)) this.colouring = colouringOf(this);
  }

  protected status(): string {
    const { facts, settings } = this;
    const layer = settings.get("layer");
    const parts = [
      facts.name,
      WORDS.atLayer(facts.grid.name(settings.get("token")), layerName(layer)),
      WORDS.lensAndNorm(settings.get("lens"), settings.get("norm")),
    ];
    if (settings.get("show_norms")) parts.push(WORDS.artifacts(this.#artifacts(layer)));
    if (this.#tooSmall()) parts.push(WORDS.tooSmall);
    return parts.join(" · ");
  }

  #assemble(root: HTMLElement): Panel[] {
    const { facts, notices } = this;
    const undo = undoButtons(
      this.history,
      root,
      this.scope,
      (message) => this.alert(message),
      () => this.pointed.set(null),
    );
    const layers = layersPanel(this, root);
    const controls = controlsPanel(this, root, undo, (by) => layers.step(by));
    const picture = picturePanel(this, this.overlays);
    this.#tooSmall = () => picture.tooSmall;
    const readout = readoutPanel(this);
    const output = outputPanel(this);
    const legend = legendPanel(this);
    const [search, curves] = [searchPanel(this), curvesPanel(this)];
    const [mask, overview] = [maskPanel(this), overviewPanel(this)];
    const size = WORDS.size(facts.layers, facts.classes.names.length);
    const title = { name: facts.name, size, badge: notices.badge };
    const panels = element("div.vw-panels", [
      below("vw-column", picture, output),
      below("vw-column", readout, mask),
      below("vw-column", legend),
      below("vw-beside", curves),
      below("vw-wide", overview),
    ]);
    root.append(
      viewHeader(title, controls.root),
      layers.root,
      search.root,
      element("div.vw-body", [panels, notices.alert]),
      notices.status,
    );
    // What is seen depends on the picture's room, too, hence after it.
    const sentence = { root: notices.status, update: () => notices.say(this.status()) };
    const beside = [readout, output, curves, mask, legend, overview];
    return [controls, layers, search, picture, ...beside, sentence];
  }

  #artifacts(layer: number): number {
    const { artifacts, sizes } = this.facts;
    const row = artifacts.subarray(
      (layer + 1) * sizes.tokens,
      (layer + 2) * sizes.tokens,
    );
    return row.reduce((sum, each) => sum + each, 0);
  }
}

/** Panels under each other. */
function below(name: string, ...panels: readonly Panel[]): HTMLElement {
  return element(
    "div",
    { class: name },
    panels.map(({ root }) => root),
  );
}
