import type { TourStop } from "../../../core/state.gen";
import { SETTING_NAMES, type Settings } from "../facts";

/** Where one is, and how one came there: no part of what a stop shows. */
const NOT_SHOWN: readonly string[] = ["stops", "stop", "history", "undone"];

type Reader = { get<Name extends keyof Settings>(name: Name): Settings[Name] };
type Route = Pick<Settings, "stops" | "stop">;

/** What a view shows now, as a stop keeps it. */
export function shownState(settings: Reader): TourStop["state"] {
  const names = SETTING_NAMES.filter((name) => !NOT_SHOWN.includes(name));
  return Object.fromEntries(names.map((name) => [name, settings.get(name)]));
}

/** What changes on the way to a stop; null where there is none. */
export function wayTo(
  stops: readonly TourStop[],
  index: number,
): Partial<Settings> | null {
  const stop = stops[index];
  return stop ? { ...(stop.state as Partial<Settings>), stop: index } : null;
}

/** With a stop more, after the present one (or at the end), where one then is. */
export function withStop({ stops, stop }: Route, added: TourStop): Route {
  const at = stops[stop] ? stop + 1 : stops.length;
  return { stops: [...stops.slice(0, at), added, ...stops.slice(at)], stop: at };
}

/** Without the present stop, and on the way to the one that takes its place. */
export function withoutStop({ stops, stop }: Route): Partial<Settings> {
  const left = stops.filter((_, index) => index !== stop);
  const way = wayTo(left, Math.min(stop, left.length - 1));
  return { stop: -1, ...way, stops: left };
}
