import type { Scope } from "../dispose";

/** Tell when the pointer or the focus comes to an element, and when it goes. */
export function onPointing(
  scope: Scope,
  target: HTMLElement,
  comes: () => void,
  goes: () => void,
): void {
  for (const type of ["pointerenter", "focusin"] as const) {
    scope.listen(target, type, comes);
  }
  for (const type of ["pointerleave", "focusout"] as const) {
    scope.listen(target, type, goes);
  }
}
