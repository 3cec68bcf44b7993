import { element, setText } from "../../../core/dom";
import type { Tour } from "../tour";
import { isPinned, nameOfPin, type Pin, togglePin } from "./pins";
import { PIN_WORDS } from "./pins_words";

/** Pins the head in the large view, or unpins it. */
export class PinButton {
  readonly root = element("button", {
    class: "vw-button vw-pin-button",
    title: "K",
  });
  readonly #tour: Tour;

  constructor(tour: Tour) {
    this.#tour = tour;
    tour.scope.listen(this.root, "click", () => togglePin(tour, presentHead(tour)));
  }

  update(): void {
    const { settings } = this.#tour;
    // A rollout is one map a layer: it has no heads.
    this.root.hidden = settings.get("shown") === "rollout";
    const head = presentHead(this.#tour);
    const pinned = isPinned(settings.get("pins"), head);
    const name = nameOfPin(head);
    setText(this.root, pinned ? PIN_WORDS.unpin(name) : PIN_WORDS.pin(name));
  }
}

export function presentHead({ settings }: Tour): Pin {
  return [settings.get("layer"), settings.get("head")];
}
