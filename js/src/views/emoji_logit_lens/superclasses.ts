import type { EmojiCell } from "../../core/emoji/emoji_painter";
import type { PictureBox } from "../../core/picture/patch_edges";
import type { Lens } from "../../lens/lens";
import {
  type Coloured,
  type Colouring,
  OF_KINDS,
  superclassNumber,
} from "../../lens/modes/colouring";
import { eachPatch, largest, SMALLEST } from "../../lens/picture/emoji_cells";

/** A colour for each superclass, and its emoji on top where there is room. */
export function bySuperclass(lens: Coloured & Pick<Lens, "emoji">): Colouring {
  const { facts, readings, classColours } = lens;
  const superclass = (layer: number, token: number) =>
    facts.superclassOf[readings.top(layer, token)] ?? 0;
  return {
    ...OF_KINDS,
    table: classColours.table,
    number: (layer, token) => superclassNumber(superclass(layer, token)),
    draw(layer, context, box) {
      const of = (token: number) => superclass(layer, token);
      drawSuperclasses(lens, of, context, box);
    },
  };
}

/** Draw the emoji of each patch's superclass, all alike: the colour beneath is its. */
function drawSuperclasses(
  { facts, emoji: painter }: Pick<Lens, "facts" | "emoji">,
  of: (token: number) => number,
  context: CanvasRenderingContext2D,
  box: PictureBox,
): void {
  const size = Math.round(0.6 * largest(facts.grid, box));
  if (size < SMALLEST * devicePixelRatio) return;
  const cells: EmojiCell[] = [];
  eachPatch(facts.grid, context, box, (token, x, y) => {
    const emoji = facts.superclasses[of(token)]?.emoji ?? "";
    cells.push({ emoji, x: x - size / 2, y: y - size / 2, opacity: 1 });
  });
  painter.draw(context, size, cells);
}
