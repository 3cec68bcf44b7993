import type { Scope } from "./dispose";
import { clamp } from "./grid";
import { belongsOutside, type Keys } from "./keyboard";
import { moved, sameWindow, wholeSquare, type ZoomWindow, zoomed } from "./zoom";

/** What shows a part of a square. */
export interface Zoomable {
  window: ZoomWindow;
}

interface Press {
  x: number;
  y: number;
  window: ZoomWindow;
  drags: boolean;
}

/** A press that moves no further than this, in CSS pixels, is a click. */
const CLICK_REACH = 4;
/** One notch of a wheel is about 100 pixels. */
const PIXELS_TO_DOUBLE = 200;
const LINE = 16;
export const ZOOM_STEP = 1.5;

/** A pointer that drags over an element moves what `view` shows there, and a wheel zooms
 * it. */
export class PanZoom {
  readonly #place: HTMLElement;
  readonly #view: Zoomable;
  readonly #acts: { click: (event: PointerEvent) => void; wheels: () => boolean };
  #press: Press | null = null;

  /**
   * @param acts.click called with a press that was let go where it began
   * @param acts.wheels whether a wheel zooms now; with Ctrl (as a pinch on a touch pad
   *   says, too) it always does
   */
  constructor(
    scope: Scope,
    place: HTMLElement,
    view: Zoomable,
    acts: { click: (event: PointerEvent) => void; wheels: () => boolean },
  ) {
    this.#place = place;
    this.#view = view;
    this.#acts = acts;
    scope.listen(place, "pointerdown", (event) => this.#down(event));
    scope.listen(place, "pointermove", (event) => this.#move(event));
    scope.listen(place, "pointerup", (event) => this.#up(event));
    scope.listen(place, "pointercancel", () => this.#end());
    scope.listen(place, "wheel", (event) => this.#wheel(event), { passive: false });
  }

  /** A button or finger is down. */
  get pressed(): boolean {
    return this.#press !== null;
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    const { window } = this.#view;
    this.#press = { x: event.clientX, y: event.clientY, window, drags: false };
    this.#place.setPointerCapture(event.pointerId);
  }

  #move(event: PointerEvent): void {
    const press = this.#press;
    if (!press) return;
    const [right, down] = [event.clientX - press.x, event.clientY - press.y];
    press.drags ||= Math.hypot(right, down) > CLICK_REACH;
    if (!press.drags) return;
    this.#place.classList.add("vw-dragged");
    const { clientWidth, clientHeight } = this.#place;
    const { span } = press.window;
    const [across, along] = [
      (right * span) / clientWidth,
      (down * span) / clientHeight,
    ];
    this.#view.window = moved(press.window, -across, -along);
  }

  #up(event: PointerEvent): void {
    if (this.#press && !this.#press.drags) this.#acts.click(event);
    this.#end();
  }

  #end(): void {
    this.#press = null;
    this.#place.classList.remove("vw-dragged");
  }

  #wheel(event: WheelEvent): void {
    const meant = event.ctrlKey || event.metaKey;
    if (!meant && !this.#acts.wheels()) return;
    const line = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const factor = clamp(2 ** ((-event.deltaY * line) / PIXELS_TO_DOUBLE), 0.5, 2);
    const { left, top, width, height } = this.#place.getBoundingClientRect();
    const [across, down] = [event.clientX - left, event.clientY - top];
    const window = zoomed(this.#view.window, factor, across / width, down / height);
    // Where it can't zoom any further the page may scroll on.
    if (meant || !sameWindow(window, this.#view.window)) event.preventDefault();
    this.#view.window = window;
  }
}

/** Where + − and 0 lead from a window; null for keys that don't zoom.
 *
 * @param closer the window `factor` times as close
 */
export function windowAfterKey(
  event: Keys,
  window: ZoomWindow,
  closer: (factor: number) => ZoomWindow,
): ZoomWindow | null {
  if (belongsOutside(event)) return null;
  if (["+", "="].includes(event.key)) return closer(ZOOM_STEP);
  if (["-", "_"].includes(event.key)) return closer(1 / ZOOM_STEP);
  return event.key === "0" ? wholeSquare(window.size) : null;
}
