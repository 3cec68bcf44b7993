import type { Lens } from "./lens";

/** The class that is shown, or the one that it is compared with. */
export type Place = "target" | "versus";

/** Choose a class: it is shown at once, and only the heat of a class shows it.
 *
 * @param doing as the history says it
 */
export function chooseClass(
  lens: Pick<Lens, "act" | "alert" | "settings" | "words">,
  doing: string,
  place: Place,
  index: number,
): void {
  const other = lens.settings.get(place === "target" ? "versus" : "target");
  if (index === other) {
    lens.alert(lens.words.same);
    return;
  }
  const mode = lens.settings.get("mode") === "heat" ? {} : { mode: "heat" as const };
  lens.act(doing, { [place]: index, ...mode });
}

/** Let a class go. A comparison with nothing left to compare goes, too.
 *
 * @param doing as the history says it
 */
export function clearClass(lens: Pick<Lens, "act">, doing: string, place: Place): void {
  const target = place === "target" ? { target: -1 } : {};
  lens.act(doing, { ...target, versus: -1 });
}
