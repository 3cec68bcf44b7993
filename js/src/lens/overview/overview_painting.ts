import { classEmoji } from "../../core/classes/class_facts";
import type { EmojiCell } from "../../core/emoji/emoji_painter";
import { contextOf, fitCanvas, Painter } from "../../core/painter";
import type { Lens } from "../lens";
import type { Colouring } from "../modes/colouring";
import { type Layout, showsEmoji } from "./overview_layout";

/** Opacity of an emoji whose probability is 0: still seen. */
const FAINTEST = 0.35;

/** Paints what every token says at every layer: the part that is scrolled to. */
export class OverviewPainting {
  readonly #lens: Lens;
  readonly #context: CanvasRenderingContext2D;
  #colours: { colouring: Colouring; painter: Painter } | null = null;

  constructor(lens: Lens, canvas: HTMLCanvasElement) {
    this.#lens = lens;
    this.#context = contextOf(canvas);
  }

  /** @param from CSS pixels that are scrolled away on the left */
  paint(layout: Layout, from: number): void {
    const { canvas } = this.#context;
    if (!fitCanvas(canvas)) return;
    this.#context.clearRect(0, 0, canvas.width, canvas.height);
    const { colouring, settings } = this.#lens;
    const asEmoji = settings.get("mode") === "emoji" && showsEmoji(layout);
    if (asEmoji) this.#paintEmoji(layout, from);
    else if (colouring) this.#paintColours(colouring, layout, from);
  }

  #paintEmoji({ width, height }: Layout, from: number): void {
    const { facts, readings, emoji } = this.#lens;
    const { canvas } = this.#context;
    const [wide, high] = [width * devicePixelRatio, height * devicePixelRatio];
    const start = from * devicePixelRatio;
    const size = Math.floor(Math.min(wide, high) * 0.94);
    const cells: EmojiCell[] = [];
    const first = Math.floor(start / wide);
    const last = Math.min(
      facts.sizes.tokens - 1,
      Math.floor((start + canvas.width) / wide),
    );
    for (let row = 0; row < facts.sizes.rows; row++) {
      for (let token = first; token <= last; token++) {
        cells.push({
          emoji: classEmoji(facts.classes, readings.top(row - 1, token)),
          x: (token + 0.5) * wide - start - size / 2,
          y: (row + 0.5) * high - size / 2,
          opacity: FAINTEST + (1 - FAINTEST) * readings.probability(row - 1, token),
        });
      }
    }
    emoji.draw(this.#context, size, cells);
  }

  #paintColours(colouring: Colouring, { width }: Layout, from: number): void {
    const { rows } = this.#lens.facts.sizes;
    const { canvas } = this.#context;
    const shown = canvas.width / devicePixelRatio / width;
    const part = { x: from / width, y: 0, width: shown, height: rows };
    const all = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    this.#painterOf(colouring).draw(this.#context, part, all);
  }

  #painterOf(colouring: Colouring): Painter {
    if (this.#colours?.colouring === colouring) return this.#colours.painter;
    const { rows, tokens } = this.#lens.facts.sizes;
    const painter = new Painter(tokens, rows, colouring.table);
    for (let row = 0; row < rows; row++) {
      for (let token = 0; token < tokens; token++) {
        painter.indices[row * tokens + token] = colouring.number(row - 1, token);
      }
    }
    painter.commit();
    this.#colours = { colouring, painter };
    return painter;
  }
}
