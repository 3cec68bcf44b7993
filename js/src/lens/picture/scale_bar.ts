import { element, setText, UNHEARD } from "../../core/dom";
import { contextOf, Painter } from "../../core/painter";
import type { Colouring } from "../modes/colouring";

/** The colours of the present mode and the values that they stand for. */
export class ScaleBar {
  readonly root: HTMLElement;
  readonly #title = element("p.vw-scale-title");
  readonly #canvas = element("canvas.vw-bar", UNHEARD);
  readonly #ticks = element("div.vw-ticks");
  #table: Uint32Array | null = null;

  constructor() {
    this.#canvas.width = 256;
    this.#canvas.height = 1;
    const parts = [this.#title, this.#canvas, this.#ticks];
    this.root = element("div.vw-colour-bar", parts);
  }

  update(colouring: Colouring | null): void {
    const bar = colouring?.bar;
    this.root.hidden = !bar;
    if (!colouring || !bar) return;
    setText(this.#title, bar.title);
    this.#paint(colouring.table);
    const labels = bar.ticks.map(({ at, text }) => {
      const label = element("span", [text]);
      label.style.left = `${100 * at}%`;
      return label;
    });
    this.#ticks.replaceChildren(...labels);
  }

  #paint(table: Uint32Array): void {
    if (table === this.#table) return;
    this.#table = table;
    const painter = new Painter(256, 1, table);
    painter.indices.forEach((_, index) => {
      painter.indices[index] = index;
    });
    painter.commit();
    const all = { x: 0, y: 0, width: 256, height: 1 };
    painter.draw(contextOf(this.#canvas), all, all);
  }
}
