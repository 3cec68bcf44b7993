import type { Scope } from "../../../core/dispose";
import { element, setText } from "../../../core/dom";
import { withError } from "../../../core/numbers";
import { Stage } from "../../../core/picture/stage";
import { Heat } from "../picture/heat";
import { readPointed } from "../pointed";
import type { Side } from "../side";
import type { Change, Tour } from "../tour";
import { WORDS } from "../words";
import { nameOfPin, type Pin, togglePin } from "./pins";
import { PIN_WORDS } from "./pins_words";

/** One pinned head: its heat over the picture, and its value at the token that is read
 * in any picture. */
export class PinCard {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #pin: Pin;
  readonly #stage: Stage;
  readonly #heat: Heat;
  readonly #readout = element("p", { class: "vw-caption vw-pin-readout" });
  readonly #open: HTMLButtonElement;
  readonly #loading = element("div", { class: "vw-loading", hidden: "" });
  readonly #markQuery: (tokens: readonly number[]) => void;
  readonly #markRead: (tokens: readonly number[]) => void;
  /** The picture has no size yet, or another than it was drawn for. */
  #resized = true;

  /** @param scope of this card: a head that is unpinned lets go of everything */
  constructor(tour: Tour, side: Side, pin: Pin, scope: Scope) {
    this.#tour = tour;
    this.#side = side;
    this.#pin = pin;
    const name = nameOfPin(pin);
    this.#stage = new Stage(side.facts, "vw-pin-picture", PIN_WORDS.picture(name));
    this.#stage.root.append(this.#loading);
    this.#markQuery = this.#stage.addMark("vw-query");
    this.#markRead = this.#stage.addMark("vw-probe");
    this.#heat = new Heat(tour, side, this.#stage.canvas);
    readPointed(tour, side, this.#stage, () => this.#strongest(), scope);
    scope.onResize(this.#stage.canvas, () => {
      this.#resized = true;
      tour.invalidate("pins");
    });
    const attributes = {
      class: "vw-button",
      title: PIN_WORDS.open(name),
    };
    this.#open = element("button", attributes, [name]);
    const group = { class: "vw-pin", role: "group", "aria-label": name };
    const heading = this.#heading(name, scope);
    this.root = element("div", group, [heading, this.#stage.root, this.#readout]);
  }

  focus(): void {
    this.#open.focus();
  }

  update(changed: ReadonlySet<Change>): void {
    const side = this.#side;
    const place = side.placeOf(...this.#pin);
    const missing = place
      ? side.missing(place[0])
      : WORDS.noHead(side.facts.name, nameOfPin(this.#pin));
    this.#loading.hidden = missing === null;
    setText(this.#loading, missing ?? "");
    this.root.classList.toggle("vw-stale", side.stale);
    const isRollout = this.#tour.settings.get("shown") === "rollout";
    const [layer] = this.#pin;
    setText(this.#open, isRollout ? WORDS.upToLayer(layer) : nameOfPin(this.#pin));
    this.#markQuery(side.tokens ?? []);
    const read = this.#tour.pointed.on(side);
    this.#markRead(read === null ? [] : [read]);
    if (this.#resized || changed.has("size")) this.#heat.resize();
    this.#resized = false;
    if (place) this.#heat.paint(...place);
    else this.#heat.clear();
    this.#read(missing === null ? place : null);
  }

  /** The value at the token that is read, else the strongest patch. */
  #read(place: Pin | null): void {
    if (!place) {
      setText(this.#readout, "…");
      return;
    }
    const { facts, store, tokens, values } = this.#side;
    const read = this.#tour.pointed.on(this.#side);
    const token = read ?? this.#strongest();
    const direction = this.#tour.settings.get("direction");
    const error = store.error(...place, tokens ?? [], direction, token) ?? 0;
    const number = withError(values.value(...place, token), error);
    const text = `${facts.grid.name(token)}: ${number}`;
    setText(this.#readout, read === null ? WORDS.strongest(text) : text);
    this.#stage.speak(token, text);
  }

  #strongest(): number {
    const { facts, values } = this.#side;
    const place = this.#side.placeOf(...this.#pin);
    return place ? values.strongest(...place) : facts.grid.prefix;
  }

  #heading(name: string, scope: Scope): HTMLElement {
    const [layer, head] = this.#pin;
    const attributes = {
      class: "vw-button",
      "aria-label": PIN_WORDS.unpin(name),
    };
    const unpin = element("button", attributes, ["✕"]);
    scope.listen(this.#open, "click", () =>
      this.#tour.act(WORDS.open, { layer, head }),
    );
    scope.listen(unpin, "click", () => togglePin(this.#tour, this.#pin));
    return element("div", { class: "vw-pin-heading" }, [this.#open, unpin]);
  }
}
