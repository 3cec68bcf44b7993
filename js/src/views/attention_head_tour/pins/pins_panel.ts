import { Scope } from "../../../core/dispose";
import { element } from "../../../core/dom";
import { belongsOutside } from "../../../core/keyboard";
import type { Panel, Tour } from "../tour";
import { presentHead } from "./pin_button";
import { PinCard } from "./pin_card";
import { nameOfPin, togglePin } from "./pins";
import { PIN_WORDS } from "./pins_words";

interface Shown {
  name: string;
  card: PinCard;
  scope: Scope;
}

/** The pinned heads beside each other, of the side on show; all are drawn from the same
 * token's side and read the same one. The letter works wherever focus is in `view`. */
export function pinsPanel(tour: Tour, view: HTMLElement): Panel {
  const row = element("div", { class: "vw-pins-row" });
  const group = { class: "vw-pins", role: "group", "aria-label": PIN_WORDS.title };
  const root = element("div", { ...group, hidden: "" }, [
    element("div", { class: "vw-heading" }, [PIN_WORDS.title]),
    row,
  ]);
  let shown: readonly Shown[] = [];
  tour.scope.listen(view, "keydown", (event) => {
    if (belongsOutside(event) || event.key.toLowerCase() !== "k") return;
    if (tour.settings.get("shown") !== "rollout") togglePin(tour, presentHead(tour));
  });

  /** Cards that stay keep their elements, and with them the focus. */
  const arrange = () => {
    const index = tour.settings.get("side");
    const side = tour.sides[index];
    const pins = side ? tour.settings.get("pins") : [];
    const wanted = pins.map((pin) => {
      const name = `${index} ${nameOfPin(pin)}`;
      const known = shown.find((each) => each.name === name);
      if (known || !side) return known;
      const scope = new Scope(tour.scope.signal);
      return { name, scope, card: new PinCard(tour, side, pin, scope) };
    });
    const kept = wanted.filter((each) => each !== undefined);
    const gone = shown.filter((each) => !kept.includes(each));
    const focusedAt = shown.findIndex(({ card }) => card.root.matches(":focus-within"));
    for (const { card, scope } of gone) {
      card.root.remove();
      scope.dispose();
    }
    kept.forEach(({ card }, place) => {
      const there = row.children[place] ?? null;
      if (there !== card.root) row.insertBefore(card.root, there);
    });
    const left = shown[focusedAt];
    shown = kept;
    if (left && gone.includes(left))
      shown[Math.min(focusedAt, shown.length - 1)]?.card.focus();
    root.hidden = shown.length === 0;
  };
  return {
    root,
    update(changed) {
      if (changed.has("pins") || changed.has("side")) arrange();
      for (const { card } of shown) card.update(changed);
    },
  };
}
