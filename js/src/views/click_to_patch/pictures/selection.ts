import type { Scope } from "../../../core/dispose";
import type { PatchGrid } from "../../../core/grid";
import { isPress, type Keys } from "../../../core/keyboard";
import type { Stage } from "../../../core/picture/stage";
import { tokenAfterKey } from "../../../core/picture/token_reading";
import { rectangle, Stroke, type Way } from "./stroke";

interface Acts {
  way(): Way;
  /** Called with what is being taken, as it grows; nothing when that is over. */
  taking(tokens: readonly number[]): void;
  /** Called with what was taken. */
  take(tokens: readonly number[]): void;
  /** Called with the token that is pointed at or walked to; null for none. */
  point(token: number | null): void;
}

/** Lets the pointer and keys on a picture take tokens. */
export class Selection {
  readonly #stage: Stage;
  readonly #grid: PatchGrid;
  readonly #acts: Acts;
  #stroke: Stroke | null = null;
  /** Where keys are. */
  #walked: number;
  /** Where a rectangle of keys began. */
  #anchor: number | null = null;

  constructor(stage: Stage, grid: PatchGrid, scope: Scope, acts: Acts) {
    this.#stage = stage;
    this.#grid = grid;
    this.#acts = acts;
    this.#walked = grid.prefix;
    const { canvas, root } = stage;
    scope.listen(canvas, "pointerdown", (event) => this.#press(event));
    scope.listen(canvas, "pointermove", (event) => this.#move(event));
    scope.listen(canvas, "pointerup", () => this.#release());
    scope.listen(canvas, "pointercancel", () => this.#drop());
    scope.listen(canvas, "pointerleave", () => acts.point(null));
    scope.listen(root, "keydown", (event) => this.#key(event));
    scope.listen(root, "focus", () => {
      if (root.matches(":focus-visible")) acts.point(this.#walked);
    });
    scope.listen(root, "blur", () => {
      this.#drop();
      acts.point(null);
    });
  }

  /** The token that a screen reader hears of. */
  get walked(): number {
    return this.#walked;
  }

  #press(event: PointerEvent): void {
    if (event.button !== 0) return;
    const token = this.#stage.tokenOf(event);
    this.#walked = token;
    this.#anchor = null;
    this.#stroke = new Stroke(this.#acts.way(), this.#grid, token);
    this.#stage.canvas.setPointerCapture(event.pointerId);
    this.#acts.point(token);
    this.#acts.taking(this.#stroke.taken);
  }

  #move(event: PointerEvent): void {
    const token = this.#stage.tokenOf(event);
    this.#acts.point(token);
    if (!this.#stroke) return;
    this.#stroke.to(token);
    this.#acts.taking(this.#stroke.taken);
  }

  #release(): void {
    const taken = this.#stroke?.taken ?? [];
    this.#drop();
    if (taken.length > 0) this.#acts.take(taken);
  }

  #drop(): void {
    this.#stroke = null;
    this.#anchor = null;
    this.#acts.taking([]);
  }

  #key(event: KeyboardEvent): void {
    if (isPress(event)) {
      event.preventDefault();
      const taken = this.#region;
      this.#drop();
      this.#acts.take(taken);
      return;
    }
    if (event.key === "Escape") this.#drop();
    const to = tokenAfterKey(event as Keys, this.#grid, this.#walked);
    if (to === null) return;
    event.preventDefault();
    if (!event.shiftKey) this.#anchor = null;
    // A rectangle is one of patches: it stops at the picture's edge.
    else if (!this.#grid.isPatch(to) || !this.#grid.isPatch(this.#walked)) return;
    else this.#anchor ??= this.#walked;
    this.#walked = to;
    this.#acts.taking(this.#anchor === null ? [] : this.#region);
    this.#acts.point(to);
  }

  /** What keys have taken. */
  get #region(): readonly number[] {
    if (this.#anchor === null) return [this.#walked];
    return rectangle(this.#grid, this.#anchor, this.#walked);
  }
}
