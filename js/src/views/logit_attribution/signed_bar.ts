import { element, setText } from "../../core/dom";
import { short } from "./numbers";

/** A colour bar of values for and against, zero in the middle. */
export class SignedBar {
  readonly root: HTMLElement;
  readonly #ticks: readonly HTMLElement[];

  constructor() {
    this.#ticks = [0, 0.5, 1].map((at) => {
      const tick = element("span");
      tick.style.left = `${100 * at}%`;
      return tick;
    });
    this.root = element("div", { class: "vw-colour-bar vw-signed-bar" }, [
      element("div", { class: "vw-bar" }),
      element("div", { class: "vw-ticks" }, this.#ticks),
    ]);
  }

  /** @param most what has the strongest colours, in `unit` */
  update(most: number, unit: string): void {
    const texts = [short(-most), `0 ${unit}`, short(most)];
    texts.forEach((text, index) => {
      setText(this.#ticks[index] as HTMLElement, text);
    });
  }
}
