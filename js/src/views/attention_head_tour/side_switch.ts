import { element } from "../../core/dom";
import { buttonRow } from "../../core/view/button_row";
import { VIEW_WORDS } from "../../core/view/words";
import type { Panel, Tour } from "./tour";
import { WORDS } from "./words";

/** Which side's heads the grid shows, where two are compared. */
export class SideSwitch implements Panel {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #buttons: readonly HTMLButtonElement[];

  constructor(tour: Tour) {
    this.#tour = tour;
    const names = tour.sides.map(({ facts, index }) =>
      WORDS.sideName(index, facts.name),
    );
    this.#buttons = names.map((name, index) => {
      const attributes = {
        class: "vw-button",
        "data-side": String(index),
      };
      const button = element("button", attributes, [name]);
      tour.scope.listen(button, "click", () =>
        tour.act(VIEW_WORDS.change, { side: index }),
      );
      return button;
    });
    this.root = buttonRow(WORDS.whichSide, this.#buttons);
    this.root.classList.add("vw-side-switch");
    this.root.hidden = tour.sides.length < 2;
  }

  update(): void {
    const present = this.#tour.settings.get("side");
    this.#buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(index === present));
    });
  }
}
