import type { Scope } from "../dispose";
import { element, setAria, UNHEARD } from "../dom";
import type { PatchGrid } from "../grid";
import type { Pictured } from "./pictured";

/** The picture's box: a canvas with marks over it that tells which patch is pointed at. */
export class Stage {
  readonly root: HTMLElement;
  readonly canvas = element("canvas.vw-canvas", UNHEARD);
  readonly #grid: PatchGrid;

  constructor({ grid, picture }: Pictured, name: string, label: string) {
    this.#grid = grid;
    this.root = element(
      "div",
      {
        class: `vw-stage ${name}`,
        role: "slider",
        tabindex: "0",
        "aria-label": label,
        "aria-valuemin": "0",
        "aria-valuemax": String(grid.tokens - 1),
      },
      [this.canvas],
    );
    this.root.style.aspectRatio = `${picture.columns} / ${picture.rows}`;
  }

  /** What a screen reader hears as this picture's value. */
  speak(token: number, text: string): void {
    setAria(this.root, "valuenow", token);
    setAria(this.root, "valuetext", text);
  }

  /** Add a frame around patches; it shows nothing until it is placed.
   *
   * The function it returns takes the tokens of a patch or of a rectangle of patches. */
  addMark(name: string): (tokens: readonly number[]) => void {
    const mark = element("div", { class: `vw-mark ${name}`, hidden: "" });
    this.root.append(mark);
    return (tokens) => {
      const [first] = tokens;
      const last = tokens.at(-1);
      mark.hidden = first === undefined || !this.#grid.isPatch(first);
      if (mark.hidden || first === undefined || last === undefined) return;
      const from = this.#grid.box(first);
      const to = this.#grid.box(last);
      mark.style.left = `${100 * from.left}%`;
      mark.style.top = `${100 * from.top}%`;
      mark.style.width = `${100 * (to.left + to.width - from.left)}%`;
      mark.style.height = `${100 * (to.top + to.height - from.top)}%`;
    };
  }

  tokenOf(event: PointerEvent): number {
    const { canvas } = this;
    return this.#grid.tokenAt(
      event.offsetX,
      event.offsetY,
      canvas.clientWidth,
      canvas.clientHeight,
    );
  }

  /** Tell which patch the pointer is at: hovering for a mouse, touching for a finger. */
  onPoint(scope: Scope, point: (token: number, event: PointerEvent) => void): void {
    for (const type of ["pointermove", "pointerdown"] as const) {
      scope.listen(this.canvas, type, (event) => point(this.tokenOf(event), event));
    }
  }
}
