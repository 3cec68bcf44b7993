import { clamp, type PatchGrid } from "../../../core/grid";
import { sameJson } from "../../../core/json_values";
import { isPress, moveInGrid } from "../../../core/keyboard";
import type { Stage } from "../../../core/picture/stage";
import type { Settings } from "../facts";
import type { Side } from "../side";
import type { Tour } from "../tour";

type Choice = Pick<Settings, "query" | "region">;

/** How pointer and keys choose the query, or a rectangle of patches. */
export class Chooser {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #stage: Stage;
  readonly #chips: readonly HTMLButtonElement[];
  /** The patch that was chosen last, as the first side calls it. */
  #lastPatch: number;
  /** Where the mouse went down, while it is down. */
  #from: number | null = null;
  /** It went down on what is kept already. */
  #again = false;
  /** The rectangle that keys stretch, from one patch of the first side to another. */
  #stretched: { from: number; to: number; region: number[] } | null = null;

  constructor(
    tour: Tour,
    side: Side,
    stage: Stage,
    chips: readonly HTMLButtonElement[],
  ) {
    this.#tour = tour;
    this.#side = side;
    this.#stage = stage;
    this.#chips = chips;
    this.#lastPatch = this.#first.prefix;
    const { scope } = tour;
    stage.onPoint(scope, (token, event) => this.#point(token, event));
    const release = () => this.#release();
    scope.listen(stage.canvas, "pointerup", release);
    scope.listen(stage.canvas, "pointercancel", release);
    scope.listen(stage.root, "keydown", (event) => this.#stageKey(event));
    chips.forEach((chip, token) => {
      scope.listen(chip, "pointerenter", (event) => this.#point(token, event));
      scope.listen(chip, "pointerdown", (event) => this.#point(token, event));
      scope.listen(chip, "pointerup", release);
      scope.listen(chip, "focus", () => this.#hover(token));
      scope.listen(chip, "click", () => this.#hover(token));
      scope.listen(chip, "keydown", (event) => this.#chipKey(event));
    });
  }

  /** Where the arrow keys go on from when the query has no place in the picture. */
  remember(): void {
    const query = this.#tour.settings.get("query");
    if (this.#first.isPatch(query)) this.#lastPatch = query;
  }

  /** The grid that queries and regions are of; keys walk it in every side's picture, as
   * a finer one has patches that no query stands for. */
  get #first(): PatchGrid {
    return (this.#tour.sides[0] ?? this.#side).facts.grid;
  }

  /** Without those that the first side has no token for. */
  get #usable(): readonly HTMLButtonElement[] {
    return this.#chips.filter((chip) => !chip.disabled);
  }

  #point(token: number, event: PointerEvent): void {
    if (event.pointerType !== "mouse") this.#hover(token);
    else if (event.type === "pointerdown") this.#press(token, event);
    else if (this.#from !== null) this.#stretch(this.#from, token);
    else if (!this.#tour.kept) this.#hover(token);
  }

  #press(token: number, event: PointerEvent): void {
    if (event.button !== 0 || this.#side.firstToken(token) === null) return;
    this.#from = token;
    this.#again = this.#tour.kept && (this.#side.tokens?.includes(token) ?? false);
    if (!this.#again) this.#hover(token);
    // Wherever the button is let go, this hears of it.
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
  }

  /** Drag from one patch to another, and maybe back. */
  #stretch(from: number, to: number): void {
    if (from === to && this.#tour.settings.get("region").length === 0) return;
    const [first, last] = [this.#side.firstToken(from), this.#side.firstToken(to)];
    if (first === null || last === null) return;
    this.#again = false;
    this.#choose({ query: first, region: this.#rectangle(first, last) });
  }

  /** What was pressed stays, so that the pointer may move on, to the heads for example;
   * pressed again, it is let go. */
  #release(): void {
    if (this.#from === null) return;
    this.#from = null;
    this.#keep(!this.#again);
  }

  #keep(kept: boolean): void {
    const { settings } = this.#tour;
    const choice = { query: settings.get("query"), region: settings.get("region") };
    this.#tour.keep(kept ? choice : null);
  }

  /** @param token of this side; the first may have none such */
  #hover(token: number): void {
    const query = this.#side.firstToken(token);
    if (query !== null) this.#choose({ query, region: [] });
  }

  /** @param choice of the first side's tokens */
  #choose({ query, region }: Choice): void {
    this.#tour.settings.set("region", region);
    this.#tour.settings.set("query", query);
  }

  /** The first side's patches between two of them; none for a single one. */
  #rectangle(one: number, other: number): number[] {
    const grid = this.#first;
    if (one === other || !grid.isPatch(one)) return [];
    const [a, b] = [grid.place(one), grid.place(other)];
    return [
      Math.min(a.row, b.row),
      Math.min(a.column, b.column),
      Math.max(a.row, b.row),
      Math.max(a.column, b.column),
    ];
  }

  #stageKey(event: KeyboardEvent): void {
    if (isPress(event)) {
      event.preventDefault();
      this.#keep(!this.#tour.kept);
      return;
    }
    const grid = this.#first;
    const { from, to: corner } = this.#present();
    const { row, column } = grid.place(corner);
    const to = moveInGrid(event, row, column, grid.rows, grid.columns);
    if (!to) return;
    event.preventDefault();
    if (event.shiftKey) {
      this.#stretchTo(from, grid.token(clamp(to[0], 0, grid.rows - 1), to[1]));
    } else if (to[0] >= 0) this.#choose({ query: grid.token(...to), region: [] });
    else this.#usable.at(-1)?.focus();
  }

  /** The corner that stays when keys stretch the rectangle, and the one that moves. */
  #present(): { from: number; to: number } {
    const { settings } = this.#tour;
    const [region, query] = [settings.get("region"), settings.get("query")];
    if (region.length === 0) {
      const patch = this.#first.isPatch(query) ? query : this.#lastPatch;
      return { from: patch, to: patch };
    }
    if (this.#stretched && sameJson(region, this.#stretched.region)) {
      return this.#stretched;
    }
    const [top = 0, left = 0, bottom = 0, right = 0] = region;
    return { from: this.#first.token(top, left), to: this.#first.token(bottom, right) };
  }

  #stretchTo(from: number, to: number): void {
    const region = this.#rectangle(from, to);
    this.#stretched = { from, to, region };
    this.#choose({ query: from, region });
  }

  #chipKey(event: KeyboardEvent): void {
    if (isPress(event)) {
      event.preventDefault();
      this.#keep(!this.#tour.kept);
      return;
    }
    if (event.key === "ArrowDown") {
      this.#choose({ query: this.#lastPatch, region: [] });
      this.#stage.root.focus();
    } else if (event.key === "ArrowLeft" || event.key === "ArrowRight") {
      const at = this.#usable.indexOf(event.currentTarget as HTMLButtonElement);
      this.#usable[at + (event.key === "ArrowLeft" ? -1 : 1)]?.focus();
    } else if (event.key !== "ArrowUp") return;
    event.preventDefault();
  }
}
