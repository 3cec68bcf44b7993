import { element, setText } from "../../core/dom";
import { isPress, moveInGrid } from "../../core/keyboard";
import { contextOf, fitCanvas } from "../../core/painter";
import { drawGrid, drawPicture, pictureCanvas, Stage } from "./stage";
import { contains, type Panel, type Tour } from "./tour";
import { WORDS } from "./words";

/** The picture with its patches, and the prefix tokens: here a person picks the query.
 *
 * The picture and the chips are one stop of the Tab key (that of the present query), so
 * that passing through doesn't change it. */
export function pickerPanel(tour: Tour): Panel {
  const { grid } = tour.facts;
  const stage = new Stage(tour.facts, "vw-picker", WORDS.picture);
  const chips = grid.prefixNames.map((name, token) =>
    element("button", { type: "button", class: "vw-chip", "data-token": `${token}` }, [
      name,
    ]),
  );
  const name = element("span", { class: "vw-strong" });
  const hint = element("span", { class: "vw-muted" });
  const placeQuery = stage.addMark("vw-query");
  const chooser = new Chooser(tour, stage, chips);

  const root = element(
    "div",
    { class: "vw-panel", role: "group", "aria-label": WORDS.chooseToken },
    [element("div", { class: "vw-heading" }, [WORDS.chooseToken]), stage.root],
  );
  if (chips.length > 0) {
    const row = { class: "vw-chips", role: "group", "aria-label": WORDS.prefixTokens };
    const or = element("span", { class: "vw-muted" }, [WORDS.or]);
    root.append(element("div", row, [or, ...chips]));
  }
  root.append(element("p", { class: "vw-caption" }, [name, " ", hint]));

  const picture = pictureCanvas(tour.facts.picture, "colour");
  const context = contextOf(stage.canvas);
  tour.scope.onResize(stage.canvas, () => tour.invalidate("size"));

  const showQuery = () => {
    const query = tour.settings.get("query");
    chooser.remember(query);
    placeQuery(query);
    stage.speak(query, grid.name(query));
    stage.root.tabIndex = grid.isPatch(query) ? 0 : -1;
    chips.forEach((chip, token) => {
      chip.tabIndex = token === query ? 0 : -1;
      chip.setAttribute("aria-pressed", String(token === query));
    });
    setText(name, grid.name(query));
  };
  return {
    root,
    update(changed) {
      if (changed.has("size") && fitCanvas(stage.canvas)) {
        drawPicture(context, picture);
        drawGrid(context, grid);
      }
      if (contains(changed, "query")) showQuery();
      root.classList.toggle("vw-kept", chooser.kept);
      setText(hint, chooser.kept ? WORDS.keptHint : WORDS.hoverHint);
    },
  };
}

/** How pointer and keys choose the query. */
class Chooser {
  /** A kept query stays while the pointer moves on, to the heads for example. */
  kept = false;
  readonly #tour: Tour;
  readonly #stage: Stage;
  readonly #chips: readonly HTMLButtonElement[];
  #lastPatch: number;

  constructor(tour: Tour, stage: Stage, chips: readonly HTMLButtonElement[]) {
    this.#tour = tour;
    this.#stage = stage;
    this.#chips = chips;
    this.#lastPatch = tour.facts.grid.prefix;
    const { scope } = tour;
    stage.onPoint(scope, (token, event) => this.#point(token, event));
    scope.listen(stage.root, "keydown", (event) => this.#stageKey(event));
    chips.forEach((chip, token) => {
      scope.listen(chip, "pointerenter", (event) => this.#point(token, event));
      scope.listen(chip, "pointerdown", (event) => this.#point(token, event));
      scope.listen(chip, "focus", () => this.#choose(token));
      scope.listen(chip, "click", () => this.#choose(token));
      scope.listen(chip, "keydown", (event) => this.#chipKey(event, token));
    });
  }

  #point(token: number, event: PointerEvent): void {
    const pressed = event.type === "pointerdown";
    if (pressed && event.pointerType === "mouse") {
      if (event.button !== 0) return;
      const again = this.kept && token === this.#tour.settings.get("query");
      this.#keep(!again);
    } else if (this.kept && event.pointerType === "mouse") {
      return;
    }
    this.#choose(token);
  }

  #keep(kept: boolean): void {
    this.kept = kept;
    this.#tour.invalidate("query");
  }

  /** Where the arrow keys go on from when the query has no place in the picture. */
  remember(query: number): void {
    if (this.#tour.facts.grid.isPatch(query)) this.#lastPatch = query;
  }

  #choose(token: number): void {
    this.#tour.settings.set("query", token);
  }

  #stageKey(event: KeyboardEvent): void {
    if (isPress(event)) {
      event.preventDefault();
      this.#keep(!this.kept);
      return;
    }
    const { grid } = this.#tour.facts;
    const query = this.#tour.settings.get("query");
    const from = grid.isPatch(query) ? query : this.#lastPatch;
    const { row, column } = grid.place(from);
    const to = moveInGrid(event, row, column, grid.rows, grid.columns);
    if (!to) return;
    event.preventDefault();
    if (to[0] >= 0) this.#choose(grid.token(...to));
    else this.#chips.at(-1)?.focus();
  }

  #chipKey(event: KeyboardEvent, token: number): void {
    if (isPress(event)) {
      event.preventDefault();
      this.#keep(!this.kept);
      return;
    }
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const chip = step && this.#chips[token + step];
    if (chip) chip.focus();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp")
      this.#toPicture(event);
    else return;
    event.preventDefault();
  }

  #toPicture(event: KeyboardEvent): void {
    if (event.key === "ArrowUp") return;
    this.#choose(this.#lastPatch);
    this.#stage.root.focus();
  }
}
