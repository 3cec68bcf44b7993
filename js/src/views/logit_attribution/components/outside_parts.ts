import type { Scope } from "../../../core/dispose";
import { background } from "../../../core/diverging";
import { element, setText } from "../../../core/dom";
import { Rover } from "../../../core/rove";
import { short } from "../numbers";
import type { Part } from "../parts";
import { TERMS, WORDS } from "../words";

/** Parts of no layer, as labelled cells in the same colours. */
export class OutsideParts {
  readonly root = element("div.vw-outside", {
    role: "group",
    "aria-label": WORDS.outsideGroup,
  });
  readonly #rover: Rover;
  #parts: readonly Part[] = [];

  constructor(scope: Scope) {
    this.#rover = new Rover(this.root, scope);
  }

  update(parts: readonly Part[], most: number): void {
    const names = (each: readonly Part[]) => each.map(({ name }) => name).join();
    if (names(parts) !== names(this.#parts)) this.#build(parts);
    this.#parts = parts;
    this.#chips.forEach((chip, index) => {
      const [swatch, , number] = chip.children;
      const part = parts[index];
      if (!part || !(swatch instanceof HTMLElement)) return;
      swatch.style.backgroundColor = background(part.value, most);
      const beyond = Math.abs(part.value) > most;
      chip.title = [TERMS[part.address] ?? "", beyond ? WORDS.beyond : ""]
        .join(" ")
        .trim();
      setText(number as HTMLElement, short(part.value) + (beyond ? " ▲" : ""));
    });
  }

  /** Mark what is opened. */
  select(address: string): void {
    this.#chips.forEach((chip, index) => {
      chip.setAttribute(
        "aria-pressed",
        String(this.#parts[index]?.address === address),
      );
    });
  }

  /** The part that an event is about. */
  partOf(target: EventTarget | null): Part | null {
    const chip = target instanceof Element ? target.closest("button") : null;
    return chip ? (this.#parts[this.#chips.indexOf(chip)] ?? null) : null;
  }

  get #chips(): HTMLButtonElement[] {
    return [...this.root.querySelectorAll("button")];
  }

  #build(parts: readonly Part[]): void {
    const chips = parts.map(({ name }) =>
      element("button.vw-outside-part", [
        element("span.vw-swatch"),
        element("span", [name]),
        element("span.vw-number"),
      ]),
    );
    const label = element("span.vw-label", [WORDS.outside]);
    this.root.replaceChildren(label, ...chips);
    this.#rover.arrange([chips]);
  }
}
