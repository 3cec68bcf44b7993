import { element, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import type { Asked, Finding } from "./finding";

/** Where a finding is shown, with a note on it. */
export class FindingBox<Found> {
  readonly note = element("p.vw-finding-note", { role: "status" });
  readonly body = element("div.vw-finding");
  readonly #finding: Finding<Found>;
  readonly #draw: (found: Found, asked: Asked) => readonly HTMLElement[];
  #drawn: Finding<Found>["found"] = null;

  /** @param draw called each time that something else is found */
  constructor(
    finding: Finding<Found>,
    draw: (found: Found, asked: Asked) => readonly HTMLElement[],
  ) {
    this.#finding = finding;
    this.#draw = draw;
  }

  /**
   * @param asked what would be asked for now
   * @param note what there is to say where nothing went wrong
   */
  update(asked: Asked, note: string): void {
    const { found } = this.#finding;
    if (found && found !== this.#drawn) {
      this.#drawn = found;
      this.body.replaceChildren(...this.#draw(found.value, found.asked));
    }
    const isOld = found !== null && !sameJson(found.asked, asked);
    this.body.classList.toggle("vw-old", isOld);
    const trouble = this.#finding.isOf(asked) ? this.#finding.trouble : "";
    setText(this.note, trouble || note);
    this.note.classList.toggle("vw-trouble", trouble !== "");
  }
}
