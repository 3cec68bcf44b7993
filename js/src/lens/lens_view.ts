import type { AnyModel } from "@anywidget/types";
import { className } from "../core/classes/class_facts";
import type { Scope } from "../core/dispose";
import { element } from "../core/dom";
import { EmojiPainter } from "../core/emoji/emoji_painter";
import { SpriteSupply } from "../core/emoji/sprites";
import type { Remembered } from "../core/history";
import { messageOf } from "../core/requests";
import { viewHeader } from "../core/view/header";
import { contains } from "../core/view/panel";
import { undoButtons } from "../core/view/undo_buttons";
import { View } from "../core/view/view";
import { controlsPanel } from "./controls";
import { curvesPanel } from "./curves/curves_panel";
import type { LensFacts } from "./facts";
import { Highlight } from "./highlight";
import { layersPanel } from "./layers/layers_panel";
import { legendPanel } from "./legend/legend_panel";
import {
  type Change,
  type Lens,
  type LensState,
  type LensWritable,
  layerName,
  type Overlay,
  type OwnChange,
  type Panel,
  type Settings,
} from "./lens";
import { maskPanel } from "./mask/mask_panel";
import type { ClassColours } from "./modes/class_colours";
import { COLOURED, type Colouring, colouringOf } from "./modes/colouring";
import { overviewPanel } from "./overview/overview_panel";
import { picturePanel } from "./picture/picture_panel";
import { Pointed } from "./pointed";
import type { ReadingStore } from "./reading_store";
import type { ClassMap, Readings } from "./readings";
import { readoutPanel } from "./readout/readout_panel";
import { type KindWords, WORDS } from "./words";

/** What a lens adds to what all lenses show. */
interface LensParts {
  /** How large the model is, in words. */
  size: string;
  /** What is seen, for the help. */
  explanation: readonly string[];
  /** Python that makes what is seen. */
  code: () => string;
  /** Across the view, above the picture: what tokens are read as. */
  classes: Panel;
  /** What the model says of the picture as a whole. */
  output: Panel | null;
  /** What is in the mask, and how that is changed. */
  choosing: Panel;
}

/** What each patch says at each layer, in terms of classes of any kind. */
export abstract class LensView<
    State extends LensState & Remembered,
    More extends string & keyof State = never,
  >
  extends View<State, LensWritable | More, OwnChange>
  implements Lens
{
  abstract readonly facts: LensFacts;
  abstract readonly words: KindWords;
  abstract readonly classColours: ClassColours;
  readonly emoji = new EmojiPainter();
  readonly pointed = new Pointed(() => this.invalidate("pointed"));
  readonly highlight = new Highlight(() => this.invalidate("highlight"));
  readonly overlays: Overlay[] = [];
  colouring: Colouring | null = null;
  protected abstract readonly store: ReadingStore;
  readonly #supply: SpriteSupply;
  #tooSmall: () => boolean = () => false;

  constructor(
    model: AnyModel<State>,
    root: HTMLElement,
    scope: Scope,
    names: readonly (LensWritable | More | keyof Remembered)[],
    check: (name: LensWritable | More | keyof Remembered, value: unknown) => void,
  ) {
    super(model, root, scope, names, check);
    this.#supply = new SpriteSupply(this.emoji, this.requests, {
      came: () => this.invalidate("sprites"),
      failed: (error) => this.alert(WORDS.notLoaded(WORDS.sprites, messageOf(error))),
    });
    scope.onDispose(() => this.emoji.dispose());
    root.classList.add("vw-lens");
  }

  get readings(): Readings {
    return this.store.readings;
  }

  get stale(): boolean {
    return this.store.stale;
  }

  /** Why the present settings can't be shown; null when they are. */
  get missing(): string | null {
    const { settings } = this;
    const heat = settings.get("mode") === "heat";
    if (heat && settings.get("target") < 0) return this.words.choose;
    return heat || this.stale ? this.store.missing : null;
  }

  classMap(target: number): ClassMap | null {
    return this.store.classMap(target);
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
    return changes.mode === undefined ? "" : this.words.modes[changes.mode];
  }

  protected awaited(): string {
    return this.store.missing ?? "";
  }

  protected want(): void {
    this.store.want();
    const { classes, superclasses } = this.facts;
    void this.#supply.want([
      ...classes.emoji,
      ...superclasses.map((each) => each.emoji),
    ]);
  }

  protected prepare(changed: ReadonlySet<Change>): void {
    if (contains(changed, ...COLOURED)) this.colouring = this.colour();
  }

  /** The colours of the present mode; null until the values have come. */
  protected colour(): Colouring | null {
    return colouringOf(this);
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
    if (this.#tooSmall()) parts.push(this.words.tooSmall);
    return parts.join(" · ");
  }

  /** Put the panels into the page: the view can be drawn then. */
  protected assemble(
    root: HTMLElement,
    { size, explanation, code, classes, output, choosing }: LensParts,
  ): Panel[] {
    const { facts, notices } = this;
    const undo = undoButtons(
      this.history,
      root,
      this.scope,
      (message) => this.alert(message),
      () => this.pointed.set(null),
    );
    const layers = layersPanel(this, root);
    const step = (by: number) => layers.step(by);
    const controls = controlsPanel(this, root, { undo, explanation, code, step });
    const picture = picturePanel(this, this.overlays);
    this.#tooSmall = () => picture.tooSmall;
    const readout = readoutPanel(this);
    const legend = legendPanel(this);
    const curves = curvesPanel(this);
    const mask = maskPanel(this, choosing);
    const overview = overviewPanel(this);
    const title = { name: facts.name, size, badge: notices.badge };
    const panels = element("div.vw-panels", [
      below("vw-column", picture, ...(output ? [output] : [])),
      below("vw-column", readout, mask),
      below("vw-column", legend),
      below("vw-beside", curves),
      below("vw-wide", overview),
    ]);
    root.append(
      viewHeader(title, controls.root),
      layers.root,
      classes.root,
      element("div.vw-body", [panels, notices.alert]),
      notices.status,
    );
    // What is seen depends on the picture's room, too, hence after it.
    const sentence = { root: notices.status, update: () => notices.say(this.status()) };
    const beside = [readout, ...(output ? [output] : []), curves, mask, legend];
    return [controls, layers, classes, picture, ...beside, overview, sentence];
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
