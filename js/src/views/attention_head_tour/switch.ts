import { element } from "../../core/dom";
import type { AttentionHeadTourState } from "../../core/state.gen";
import type { Tour } from "./tour";

type Choice = "direction" | "scale" | "maximum";

/** A setting with two values, as a pair of buttons. */
export class Switch<Name extends Choice> {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #name: Name;
  readonly #buttons: readonly (readonly [
    AttentionHeadTourState[Name],
    HTMLButtonElement,
  ])[];

  constructor(
    tour: Tour,
    name: Name,
    label: string,
    options: Readonly<Record<AttentionHeadTourState[Name], string>>,
  ) {
    this.#tour = tour;
    this.#name = name;
    this.#buttons = (
      Object.entries(options) as [AttentionHeadTourState[Name], string][]
    ).map(([value, text]) => {
      const attributes = { type: "button", class: "vw-button", "data-value": value };
      const button = element("button", attributes, [text]);
      tour.scope.listen(button, "click", () => tour.settings.set(name, value));
      return [value, button] as const;
    });
    const group = { class: "vw-switch", role: "group", "aria-label": label };
    this.root = element("div", { class: "vw-control" }, [
      element("span", { class: "vw-label", "aria-hidden": "true" }, [label]),
      element(
        "div",
        group,
        this.#buttons.map(([, button]) => button),
      ),
    ]);
  }

  /** Change to the other value. */
  flip(): void {
    const present = this.#tour.settings.get(this.#name);
    const other = this.#buttons.find(([value]) => value !== present);
    if (other) this.#tour.settings.set(this.#name, other[0]);
  }

  update(): void {
    const present = this.#tour.settings.get(this.#name);
    for (const [value, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(value === present));
    }
  }
}
