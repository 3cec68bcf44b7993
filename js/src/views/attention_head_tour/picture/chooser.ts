import { clamp } from "../../../core/grid";
import { isPress, moveInGrid } from "../../../core/keyboard";
import type { Settings } from "../facts";
import type { Side } from "../side";
import type { Tour } from "../tour";
import type { Stage } from "./stage";

type Choice = Pick<Settings, "query" | "region">;

/** How pointer and keys choose the query, or a rectangle of patches. */
export class Chooser {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #stage: Stage;
  readonly #chips: readonly HTMLButtonElement[];
  #lastPatch: number;
  /** Where the mouse went down, while it is down. */
  #from: number | null = null;
  /** It went down on what is kept already. */
  #again = false;
  /** The corner from which keys stretch the rectangle. */
  #anchor: number | null = null;

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
    this.#lastPatch = side.facts.grid.prefix;
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
      scope.listen(chip, "focus", () => this.#hover({ query: token, region: [] }));
      scope.listen(chip, "click", () => this.#hover({ query: token, region: [] }));
      scope.listen(chip, "keydown", (event) => this.#chipKey(event, token));
    });
  }

  /** Where the arrow keys go on from when the query has no place in the picture. */
  remember(query: number): void {
    if (this.#grid.isPatch(query)) this.#lastPatch = query;
  }

  get #grid() {
    return this.#side.facts.grid;
  }

  #point(token: number, event: PointerEvent): void {
    if (event.pointerType !== "mouse") this.#hoverToken(token);
    else if (event.type === "pointerdown") this.#press(token, event);
    else if (this.#from !== null) this.#stretch(this.#from, token);
    else if (!this.#tour.kept) this.#hoverToken(token);
  }

  #press(token: number, event: PointerEvent): void {
    if (event.button !== 0) return;
    this.#from = token;
    this.#again = this.#tour.kept && (this.#side.tokens?.includes(token) ?? false);
    if (!this.#again) this.#hoverToken(token);
    if (this.#grid.isPatch(token))
      this.#stage.canvas.setPointerCapture(event.pointerId);
  }

  /** Drag from one patch to another, and maybe back. */
  #stretch(from: number, to: number): void {
    if (from === to && this.#tour.settings.get("region").length === 0) return;
    this.#again = false;
    this.#hover({ query: from, region: this.#rectangle(from, to) });
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

  /** @param choice with a token of this side, and a region of the first */
  #hover({ query, region }: Choice): void {
    const own = this.#own(query);
    if (own === null) return;
    this.#tour.settings.set("region", region);
    this.#tour.settings.set("query", own);
  }

  #hoverToken(token: number): void {
    this.#anchor = null;
    this.#hover({ query: token, region: [] });
  }

  /** What the first side calls a token of this side. */
  #own(token: number): number | null {
    return this.#side.firstToken(token);
  }

  /** The first side's patches between two of this side's; none for a single one. */
  #rectangle(one: number, other: number): number[] {
    const [from, to] = [this.#own(one), this.#own(other)];
    const grid = this.#tour.sides[0]?.facts.grid;
    if (from === null || to === null || from === to || !grid?.isPatch(from)) return [];
    const [a, b] = [grid.place(from), grid.place(to)];
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
    const grid = this.#grid;
    const { row, column } = grid.place(this.#corner());
    const to = moveInGrid(event, row, column, grid.rows, grid.columns);
    if (!to) return;
    event.preventDefault();
    if (event.shiftKey) this.#stretchTo(clamp(to[0], 0, grid.rows - 1), to[1]);
    else if (to[0] >= 0) this.#hoverToken(grid.token(...to));
    else this.#chips.at(-1)?.focus();
  }

  /** The patch that keys go on from. */
  #corner(): number {
    const { tokens } = this.#side;
    const [first = this.#lastPatch] = tokens ?? [];
    const last = tokens?.at(-1) ?? first;
    if (!this.#grid.isPatch(first)) return this.#lastPatch;
    return this.#anchor !== null && this.#anchor !== first ? first : last;
  }

  #stretchTo(row: number, column: number): void {
    this.#anchor ??= this.#corner();
    const to = this.#grid.token(row, column);
    const region = this.#rectangle(this.#anchor, to);
    this.#hover({ query: this.#anchor, region });
  }

  #chipKey(event: KeyboardEvent, token: number): void {
    if (isPress(event)) {
      event.preventDefault();
      this.#keep(!this.#tour.kept);
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
    this.#hoverToken(this.#lastPatch);
    this.#stage.root.focus();
  }
}
