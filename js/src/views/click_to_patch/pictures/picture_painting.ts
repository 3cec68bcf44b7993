import { divergingIndex, divergingPixels } from "../../../core/diverging";
import type { PatchGrid } from "../../../core/grid";
import { Painter } from "../../../core/painter";
import { Backdrop } from "../../../core/picture/backdrop";
import { drawGrid, pictureCanvas } from "../../../core/picture/drawing";
import { drawEdges, eachCell } from "../../../core/picture/patch_edges";
import type { Picture } from "../../../core/picture/pictured";
import type { Swap, TokenEdits } from "./token_edits";

/** What is drawn over a picture. */
export interface Drawn {
  swaps: readonly Swap[];
  edited: TokenEdits;
  /** Patches that a gesture is taking. */
  taking: ReadonlySet<number>;
  pointed: ReadonlySet<number>;
  /** Of all tokens, and the strongest of them; null for none. */
  heat: { values: Float32Array; most: number } | null;
}

/** A donor's patch is a little dimmed, so that one sees that it is not at home. */
const SWAPPED = 0.88;

/** Draws a picture with what its patches are edited with. */
export class PicturePainting {
  readonly #grid: PatchGrid;
  readonly #colour: Backdrop;
  readonly #grey: Backdrop;
  readonly #painter: Painter;
  /** Pictures of donors that patches may come from, by name. */
  readonly #donors: ReadonlyMap<string, HTMLCanvasElement>;

  constructor(
    canvas: HTMLCanvasElement,
    grid: PatchGrid,
    picture: Picture,
    donors: ReadonlyMap<string, Picture>,
  ) {
    this.#grid = grid;
    this.#colour = new Backdrop(canvas, picture, "colour");
    this.#grey = new Backdrop(canvas, picture, "grey");
    this.#painter = new Painter(grid.columns, grid.rows, divergingPixels());
    this.#donors = new Map(
      [...donors].map(([name, each]) => [name, pictureCanvas(each, "colour")]),
    );
  }

  resize(): void {
    this.#colour.resize();
    this.#grey.resize();
  }

  paint({ swaps, edited, taking, pointed, heat }: Drawn): void {
    const { context } = this.#colour;
    if (!(heat ? this.#grey : this.#colour).draw()) return;
    const { width, height } = context.canvas;
    const box = { x: 0, y: 0, width, height };
    if (heat) this.#drawHeat(heat.values, heat.most);
    else this.#drawSwaps(swaps);
    drawGrid(context, this.#grid);
    const dash = [4 * devicePixelRatio, 3 * devicePixelRatio];
    const edges = (tokens: ReadonlySet<number>, dashes: readonly number[]) => {
      if (tokens.size === 0) return;
      drawEdges(this.#grid, context, box, (token) => tokens.has(token), dashes);
    };
    edges(edited.on, []);
    edges(edited.off, dash);
    this.#fill(taking);
    edges(taking, []);
    edges(
      pointed,
      dash.map((each) => each / 2),
    );
  }

  #drawSwaps(swaps: readonly Swap[]): void {
    const { context } = this.#colour;
    const { width, height } = context.canvas;
    context.imageSmoothingQuality = "high";
    for (const { token, donor, share } of swaps) {
      const picture = this.#donors.get(donor);
      if (!picture) continue;
      const { left, top, width: across, height: down } = this.#grid.box(token);
      const [x, y] = [Math.round(left * width), Math.round(top * height)];
      const [right, bottom] = [(left + across) * width, (top + down) * height];
      context.globalAlpha = SWAPPED * share;
      context.drawImage(
        picture,
        left * picture.width,
        top * picture.height,
        across * picture.width,
        down * picture.height,
        x,
        y,
        Math.round(right) - x,
        Math.round(bottom) - y,
      );
    }
    context.globalAlpha = 1;
  }

  #drawHeat(values: Float32Array, most: number): void {
    const { indices } = this.#painter;
    for (let patch = 0; patch < indices.length; patch++) {
      indices[patch] = divergingIndex(values[this.#grid.prefix + patch] ?? 0, most);
    }
    this.#painter.commit();
    const { context } = this.#colour;
    const { width, height } = context.canvas;
    const from = { x: 0, y: 0, width: this.#grid.columns, height: this.#grid.rows };
    this.#painter.draw(context, from, { x: 0, y: 0, width, height });
  }

  #fill(tokens: ReadonlySet<number>): void {
    if (tokens.size === 0) return;
    const { context } = this.#colour;
    const { width, height } = context.canvas;
    context.fillStyle = "rgba(255, 255, 255, 0.35)";
    eachCell(this.#grid, { x: 0, y: 0, width, height }, (token, x, y, across, down) => {
      if (tokens.has(token)) context.fillRect(x, y, across, down);
    });
  }
}
