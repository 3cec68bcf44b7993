import { classEmoji } from "../../core/classes/class_facts";
import type { EmojiCell } from "../../core/emoji/emoji_painter";
import type { PatchGrid } from "../../core/grid";
import type { PictureBox } from "../../core/picture/patch_edges";
import type { Lens } from "../lens";

/** Smaller emoji can't be told apart, in CSS pixels. */
export const SMALLEST = 9;
/** Opacity, and share of its full size, of an emoji whose probability is 0: still seen. */
const FAINTEST = 0.35;
/** Neighbours don't touch. */
const SHARE_OF_CELL = 0.94;
/** Each size of an emoji is drawn from the font once, and kept. */
const SIZES = 8;

/** Whether cells are large enough for emoji. */
export function emojiFit(grid: PatchGrid, box: PictureBox): boolean {
  return largest(grid, box) >= SMALLEST * devicePixelRatio;
}

/** Draw each patch's emoji; its size and opacity grow with the probability. */
export function drawEmoji(
  lens: Lens,
  layer: number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const { facts, readings } = lens;
  const most = largest(facts.grid, box);
  const bySize = new Map<number, EmojiCell[]>();
  eachPatch(facts.grid, context, box, (token, x, y) => {
    const emoji = classEmoji(facts.classes, readings.top(layer, token));
    const probability = readings.probability(layer, token);
    const size = emojiSize(probability, most, SMALLEST * devicePixelRatio);
    const opacity = share(probability);
    const cell = { emoji, x: x - size / 2, y: y - size / 2, opacity };
    const same = bySize.get(size);
    if (same) same.push(cell);
    else bySize.set(size, [cell]);
  });
  for (const [size, cells] of bySize) lens.emoji.draw(context, size, cells);
}

/** The size of an emoji of this probability, in whole pixels: one of a few steps from
 * the smallest that is shown to the largest that has room. */
export function emojiSize(probability: number, most: number, least: number): number {
  const step =
    FAINTEST + ((1 - FAINTEST) * Math.round(SIZES * Math.sqrt(probability))) / SIZES;
  return Math.round(Math.max(least, step * most));
}

/** People compare areas: a side grows with the root. */
function share(probability: number): number {
  return FAINTEST + (1 - FAINTEST) * Math.sqrt(probability);
}

/** The largest emoji that a patch has room for, in the canvas's pixels. */
export function largest(grid: PatchGrid, box: PictureBox): number {
  return SHARE_OF_CELL * Math.min(box.width / grid.columns, box.height / grid.rows);
}

/** Visit the middles of the patches that are on show, in the canvas's pixels. */
export function eachPatch(
  grid: PatchGrid,
  { canvas }: CanvasRenderingContext2D,
  box: PictureBox,
  visit: (token: number, x: number, y: number) => void,
): void {
  const [width, height] = [box.width / grid.columns, box.height / grid.rows];
  for (let row = 0; row < grid.rows; row++) {
    const y = box.y + (row + 0.5) * height;
    if (y < -height || y > canvas.height + height) continue;
    for (let column = 0; column < grid.columns; column++) {
      const x = box.x + (column + 0.5) * width;
      if (x < -width || x > canvas.width + width) continue;
      visit(grid.token(row, column), x, y);
    }
  }
}
