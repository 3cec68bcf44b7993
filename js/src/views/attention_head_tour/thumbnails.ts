import { colourIndex } from "../../core/colour_scale";
import { magmaPixels } from "../../core/colours";
import { clamp } from "../../core/grid";
import { contextOf, crispWidth, Painter } from "../../core/painter";
import type { Facts } from "./facts";
import type { Tour } from "./tour";

/** Sizes in CSS pixels; the style sheet takes them from here. */
const AXIS_WIDTH = 26;
const AXIS_HEIGHT = 18;
const GAP = 3;
const SMALLEST = 24;
const LARGEST = 72;
/** Below this width an axis label has no room for its letter. */
const TIGHT = 24;
/** Thumbnails shrink to keep all layers of a deep model within this height. */
const COMFORTABLE_HEIGHT = 560;

/** The width that shows all layers at a comfortable height. */
export function comfortableWidth({ grid, sizes }: Facts): number {
  const side = comfortableSide({ grid, sizes });
  return AXIS_WIDTH + sizes.heads * (side + GAP) + 2 * GAP;
}

function comfortableSide({ grid, sizes }: Pick<Facts, "grid" | "sizes">): number {
  const down = (COMFORTABLE_HEIGHT / sizes.layers - GAP) * (grid.columns / grid.rows);
  return clamp(down, SMALLEST, LARGEST);
}

/** All thumbnails on one canvas. */
export class Thumbnails {
  readonly #tour: Tour;
  readonly #painter: Painter;
  readonly #context: CanvasRenderingContext2D;
  readonly #board: HTMLElement;
  readonly #frame: HTMLElement;
  /** A thumbnail and the gap behind it, in pixels of the canvas. */
  #size = { width: 0, height: 0, gap: 0 };

  /**
   * @param board the box of canvas, axes and cells, which gets the sizes
   * @param frame the box that the board has to fit into
   */
  constructor(
    tour: Tour,
    canvas: HTMLCanvasElement,
    board: HTMLElement,
    frame: HTMLElement,
  ) {
    const { grid, sizes } = tour.facts;
    this.#tour = tour;
    this.#board = board;
    board.style.setProperty("--vw-head-count", String(sizes.heads));
    this.#frame = frame;
    this.#context = contextOf(canvas);
    // Patches of all heads beneath each other, in the order of the values.
    const rows = sizes.layers * sizes.heads * grid.rows;
    this.#painter = new Painter(
      grid.columns,
      rows,
      magmaPixels(() => 1),
    );
  }

  layOut(): void {
    const room = this.#frame.clientWidth;
    if (room === 0) return;
    const { grid, sizes } = this.#tour.facts;
    const density = devicePixelRatio;
    const across = (room - AXIS_WIDTH) / sizes.heads - GAP;
    const wanted = Math.min(across, comfortableSide(this.#tour.facts));
    const width = crispWidth(Math.max(1, wanted) * density, grid.columns);
    const height = Math.round((width / grid.columns) * grid.rows);
    const gap = Math.round(GAP * density);
    this.#size = { width, height, gap };
    const { canvas } = this.#context;
    canvas.width = sizes.heads * (width + gap) - gap;
    canvas.height = sizes.layers * (height + gap) - gap;
    const lengths = {
      "axis-width": AXIS_WIDTH,
      "axis-height": AXIS_HEIGHT,
      gap: gap / density,
      "head-width": width / density,
      "head-height": height / density,
      "heads-width": canvas.width / density,
      "heads-height": canvas.height / density,
    };
    this.#board.classList.toggle("vw-tight", width / density < TIGHT);
    for (const [name, length] of Object.entries(lengths)) {
      this.#board.style.setProperty(`--vw-${name}`, `${length}px`);
    }
  }

  paint(): void {
    const { settings, values, facts } = this.#tour;
    const { layers, heads } = facts.sizes;
    const [scale, kind] = [settings.get("scale"), settings.get("maximum")];
    for (let layer = 0; layer < layers; layer++) {
      if (!values.isPresent(layer)) continue;
      for (let head = 0; head < heads; head++) {
        this.#colour(layer, head, values.maximum(layer, head, kind), scale);
      }
    }
    this.#painter.commit();
    this.#draw();
  }

  #colour(layer: number, head: number, maximum: number, scale: "linear" | "log"): void {
    const { values, facts } = this.#tour;
    const { grid, sizes } = facts;
    const from = values.offset(layer, head) + grid.prefix;
    const to = (layer * sizes.heads + head) * grid.patches;
    for (let patch = 0; patch < grid.patches; patch++) {
      const value = values.values[from + patch] ?? 0;
      this.#painter.indices[to + patch] = colourIndex(value, maximum, scale);
    }
  }

  #draw(): void {
    const { values, facts } = this.#tour;
    const { grid, sizes } = facts;
    const { width, height, gap } = this.#size;
    if (width === 0) return;
    const { canvas } = this.#context;
    this.#context.clearRect(0, 0, canvas.width, canvas.height);
    for (let layer = 0; layer < sizes.layers; layer++) {
      if (!values.isPresent(layer)) continue;
      for (let head = 0; head < sizes.heads; head++) {
        const y = (layer * sizes.heads + head) * grid.rows;
        this.#painter.draw(
          this.#context,
          { x: 0, y, width: grid.columns, height: grid.rows },
          { x: head * (width + gap), y: layer * (height + gap), width, height },
        );
      }
    }
  }
}
