import { contextOf, fitCanvas, Painter } from "../../core/painter";
import type { Lens, Overlay } from "../lens";
import type { Colouring } from "../modes/colouring";
import { seenThrough } from "../modes/palettes";
import { type Look, ZoomedBackdrop } from "./backdrop";
import { drawEmoji, emojiFit } from "./emoji_cells";
import { drawArtifacts, drawHighlight, drawMaskEdges } from "./patch_marks";
import type { ZoomStage } from "./zoom_stage";

/** Paints the picture and what the patches say over it. */
export class LensPainting {
  readonly #lens: Lens;
  readonly #stage: ZoomStage;
  readonly #overlays: readonly Overlay[];
  readonly #context: CanvasRenderingContext2D;
  readonly #backdrop: ZoomedBackdrop;
  #colours: { colouring: Colouring; painter: Painter } | null = null;
  #sized = false;

  /** @param overlays drawn last, each time */
  constructor(lens: Lens, stage: ZoomStage, overlays: readonly Overlay[]) {
    this.#lens = lens;
    this.#stage = stage;
    this.#overlays = overlays;
    this.#context = contextOf(stage.canvas);
    this.#backdrop = new ZoomedBackdrop(lens.facts.picture);
  }

  /** Fit the canvas to its box; until it has one, nothing is drawn. */
  resize(): void {
    this.#sized = fitCanvas(this.#stage.canvas);
  }

  /** Emoji are wanted, but there is no room for them: colours stand in. */
  get tooSmall(): boolean {
    const { facts, settings } = this.#lens;
    const wanted = settings.get("mode") === "emoji";
    return wanted && this.#sized && !emojiFit(facts.grid, this.#stage.box);
  }

  paint(): void {
    if (!this.#sized) return;
    const lens = this.#lens;
    const mode = lens.settings.get("mode");
    const layer = lens.settings.get("layer");
    const [context, { box }] = [this.#context, this.#stage];
    const place = [layer, context, box] as const;
    const asEmoji = mode === "emoji" && !this.tooSmall;
    this.#backdrop.draw(context, box, this.#look(asEmoji));
    if (asEmoji) drawEmoji(lens, ...place);
    else if (lens.colouring) {
      this.#paintColours(lens.colouring, layer);
      lens.colouring.draw?.(...place);
    }
    if (mode === "mask") drawMaskEdges(lens, ...place);
    drawHighlight(lens, ...place);
    if (lens.settings.get("show_norms")) drawArtifacts(lens, ...place);
    for (const draw of this.#overlays) draw(context, box);
  }

  #look(asEmoji: boolean): Look {
    if (asEmoji) return "dimmed";
    return this.#lens.settings.get("mode") === "mask" ? "colour" : "grey";
  }

  #paintColours(colouring: Colouring, layer: number): void {
    const { grid } = this.#lens.facts;
    const painter = this.#painterOf(colouring);
    for (let patch = 0; patch < grid.patches; patch++) {
      painter.indices[patch] = colouring.number(layer, grid.prefix + patch);
    }
    painter.commit();
    const all = { x: 0, y: 0, width: grid.columns, height: grid.rows };
    painter.draw(this.#context, all, this.#stage.box);
  }

  #painterOf(colouring: Colouring): Painter {
    if (this.#colours?.colouring === colouring) return this.#colours.painter;
    const { grid } = this.#lens.facts;
    const table = seenThrough(colouring.table, colouring.opacity);
    const painter = new Painter(grid.columns, grid.rows, table);
    this.#colours = { colouring, painter };
    return painter;
  }
}
