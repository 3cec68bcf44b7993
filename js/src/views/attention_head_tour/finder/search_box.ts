import { element, setText } from "../../../core/dom";
import { shieldKeys } from "../../../core/keyboard";
import type { Tour } from "../tour";
import type { Finder } from "./finder";
import { FINDER_WORDS as WORDS } from "./finder_words";

/** Half-written is not wrong: an error waits until typing pauses. */
const PAUSE = 600;

/** Where a person types which heads to look for. What can be read is searched at once;
 * what can't leaves the heads as they are, and the line beneath says why. */
export class SearchBox {
  readonly root: HTMLElement;
  readonly error: HTMLElement;
  readonly #tour: Tour;
  readonly #finder: Finder;
  readonly #input: HTMLInputElement;
  /** The search that the box last agreed with. */
  #agreed = "";
  #stopError: () => void = () => undefined;

  constructor(tour: Tour, finder: Finder) {
    this.#tour = tour;
    this.#finder = finder;
    // Several views share a page, and an id has to be its only one.
    const id = `vw-search-error-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
    this.#input = element("input", {
      type: "search",
      class: "vw-search",
      autocomplete: "off",
      spellcheck: "false",
      "aria-describedby": id,
    });
    const label = element("span", { class: "vw-label" }, [WORDS.search]);
    this.root = element("label", { class: "vw-control vw-search-control" }, [
      label,
      this.#input,
    ]);
    this.error = element("p", {
      class: "vw-search-error",
      id,
      role: "status",
      hidden: "",
    });
    const { scope } = tour;
    scope.listen(this.#input, "input", () => this.#take());
    scope.listen(this.#input, "change", () => this.#say(this.#trouble()));
    // Letters and arrows are the view's commands everywhere but in a text.
    shieldKeys(this.#input, scope);
  }

  focus(): void {
    this.#input.focus();
  }

  update(): void {
    const [[type] = ["corner"]] = this.#finder.table?.types ?? [];
    this.#input.placeholder = WORDS.searchHint(type);
    const search = this.#tour.settings.get("search");
    if (search !== this.#agreed) {
      this.#agreed = search;
      this.#input.value = search;
      this.#say(this.#finder.found.error);
    } else if (this.#input.value !== search) {
      this.#take(); // what could not be searched before the heads were measured
    } else {
      this.#say(this.#finder.found.error);
    }
  }

  #take(): void {
    const trouble = this.#trouble();
    this.#stopError();
    if (trouble) {
      this.#stopError = this.#tour.scope.after(PAUSE, () => this.#say(trouble));
      return;
    }
    this.#say("");
    this.#agreed = this.#input.value;
    this.#tour.act(WORDS.acts.search, { search: this.#agreed });
  }

  #trouble(): string {
    return this.#finder.errorOf(this.#input.value);
  }

  #say(error: string): void {
    this.#stopError();
    this.error.hidden = error === "";
    setText(this.error, error);
    this.#input.setAttribute("aria-invalid", String(error !== ""));
  }
}
