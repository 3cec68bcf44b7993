import { element } from "../../../core/dom";
import { buttonRow } from "../../../core/view/button_row";
import type { Attribution, Order } from "../attribution";
import { WORDS } from "../words";

const ORDERS: readonly Order[] = ["size", "place"];

/** Bars by size or by place. */
export class OrderSwitch {
  readonly root: HTMLElement;
  readonly #view: Attribution;
  readonly #buttons: readonly HTMLButtonElement[];

  constructor(view: Attribution) {
    this.#view = view;
    this.#buttons = ORDERS.map((order) => {
      const attributes = { class: "vw-button" };
      const button = element("button", attributes, [WORDS.orders[order]]);
      view.scope.listen(button, "click", () => view.setOrder(order));
      return button;
    });
    this.root = buttonRow(WORDS.order, this.#buttons);
  }

  update(): void {
    this.#buttons.forEach((button, index) => {
      button.setAttribute("aria-pressed", String(ORDERS[index] === this.#view.order));
    });
  }
}
