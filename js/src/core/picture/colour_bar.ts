import { type Range, type ScaleKind, ticks } from "../colour_scale";
import { heatPixels } from "../colours";
import { element, setText, UNHEARD } from "../dom";
import { shortNumber } from "../numbers";
import { contextOf, Painter } from "../painter";

/** A colour bar with the values that its colours stand for. */
export class ColourBar {
  readonly root: HTMLElement;
  readonly #ticks = element("div.vw-ticks");

  constructor() {
    const canvas = element("canvas.vw-bar", UNHEARD);
    canvas.width = 256;
    canvas.height = 1;
    const painter = new Painter(
      256,
      1,
      heatPixels(() => 1),
    );
    painter.indices.forEach((_, index) => {
      painter.indices[index] = index;
    });
    painter.commit();
    const box = { x: 0, y: 0, width: 256, height: 1 };
    painter.draw(contextOf(canvas), box, box);
    this.root = element("div.vw-colour-bar", [canvas, this.#ticks]);
  }

  update(range: Range, kind: ScaleKind): void {
    const wanted = ticks(range, kind);
    while (this.#ticks.childElementCount < wanted.length) {
      this.#ticks.append(element("span"));
    }
    while (this.#ticks.childElementCount > wanted.length) {
      this.#ticks.lastElementChild?.remove();
    }
    wanted.forEach(({ at, value, andBelow }, index) => {
      const label = this.#ticks.children[index] as HTMLElement;
      label.style.left = `${100 * at}%`;
      setText(label, (andBelow ? "≤ " : "") + shortNumber(value, 2));
    });
  }
}
