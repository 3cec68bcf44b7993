import { classEmoji } from "../../core/classes/class_facts";
import type { WordLens } from "./word_lens";

/** Of a frame, in CSS pixels; and the smallest patch that has room for one. */
const WIDTH = 2.5;
const SMALLEST = 14;

/** Frame the patches whose word has the mark of another word, too, in the word's colour:
 * "red car" and "blue car" are both drawn as a car. */
export function frameSharedMarks(lens: WordLens): void {
  lens.addOverlay((context, box) => {
    const { facts, readings, settings, classColours } = lens;
    const { grid, classes } = facts;
    const [wide, high] = [box.width / grid.columns, box.height / grid.rows];
    const line = WIDTH * devicePixelRatio;
    const tooSmall = Math.min(wide, high) < SMALLEST * devicePixelRatio;
    if (settings.get("mode") !== "emoji" || tooSmall) return;
    const shared = classes.emoji.filter((each, at, all) => all.indexOf(each) !== at);
    context.save();
    context.lineWidth = line;
    for (let patch = 0; patch < grid.patches; patch++) {
      const word = readings.top(settings.get("layer"), grid.prefix + patch);
      if (!shared.includes(classEmoji(classes, word))) continue;
      const { left, top } = grid.box(grid.prefix + patch);
      const [x, y] = [box.x + left * box.width, box.y + top * box.height];
      context.strokeStyle = classColours.cssOf(word);
      context.strokeRect(x + line, y + line, wide - 2 * line, high - 2 * line);
    }
    context.restore();
  });
}
