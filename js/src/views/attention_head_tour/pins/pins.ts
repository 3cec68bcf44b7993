import { headName, type Tour } from "../tour";
import { PIN_WORDS } from "./pins_words";

export type Pin = readonly [layer: number, head: number];

export const MOST_PINS = 4;

export function isPinned(pins: readonly Pin[], [layer, head]: Pin): boolean {
  return pins.some((pin) => pin[0] === layer && pin[1] === head);
}

/** Pin a head behind the others, or unpin it. A head too many is not pinned: the view
 * says so. */
export function togglePin(tour: Tour, [layer, head]: Pin): void {
  const pins = tour.settings.get("pins");
  const name = headName(layer, head);
  if (isPinned(pins, [layer, head])) {
    const others = pins.filter((pin) => pin[0] !== layer || pin[1] !== head);
    tour.act(PIN_WORDS.unpin(name), { pins: others });
  } else if (pins.length >= MOST_PINS) {
    tour.alert(PIN_WORDS.full(MOST_PINS));
  } else {
    tour.act(PIN_WORDS.pin(name), { pins: [...pins, [layer, head]] });
  }
}

export function nameOfPin([layer, head]: Pin): string {
  return headName(layer, head);
}
