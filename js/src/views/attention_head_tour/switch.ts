import { element } from "../../core/dom";
import type { AttentionHeadTourState } from "../../core/state.gen";
import type { Tour } from "./tour";
import { WORDS } from "./words";

type Choice = "direction" | "scale" | "maximum" | "shown" | "large";

/** A setting with a few values, as a row of buttons. */
export class Switch<Name extends Choice> {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #name: Name;
  #fixed = false;
  readonly #buttons: readonly (readonly [
    AttentionHeadTourState[Name],
    HTMLButtonElement,
  ])[];

  constructor(
    tour: Tour,
    name: Name,
    label: string,
    options: Readonly<Partial<Record<AttentionHeadTourState[Name], string>>>,
  ) {
    this.#tour = tour;
    this.#name = name;
    this.#buttons = (
      Object.entries(options) as [AttentionHeadTourState[Name], string][]
    ).map(([value, text]) => {
      const attributes = { type: "button", class: "vw-button", "data-value": value };
      const button = element("button", attributes, [text]);
      tour.scope.listen(button, "click", () => this.#choose(value));
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

  /** Change to the next value. */
  flip(): void {
    const present = this.#tour.settings.get(this.#name);
    const at = this.#buttons.findIndex(([value]) => value === present);
    const next = this.#buttons[(at + 1) % this.#buttons.length];
    if (next) this.#choose(next[0]);
  }

  /** @param fixed what holds at present whatever is chosen, and why */
  update(
    fixed: { value: AttentionHeadTourState[Name]; why: string } | null = null,
  ): void {
    const present = fixed ? fixed.value : this.#tour.settings.get(this.#name);
    this.#fixed = fixed !== null;
    this.root.title = fixed?.why ?? "";
    for (const [value, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(value === present));
      // Not disabled: the focus stays, and a screen reader comes by.
      if (fixed) button.setAttribute("aria-disabled", "true");
      else button.removeAttribute("aria-disabled");
    }
  }

  #choose(value: AttentionHeadTourState[Name]): void {
    if (this.#fixed) return;
    this.#tour.act(WORDS.change, { [this.#name]: value });
  }
}
