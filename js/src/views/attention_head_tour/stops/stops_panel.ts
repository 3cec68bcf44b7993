import { element, setText } from "../../../core/dom";
import { belongsOutside } from "../../../core/keyboard";
import { messageOf } from "../../../core/requests";
import type { TourStop } from "../../../core/state.gen";
import { contains } from "../../../core/view/panel";
import type { Settings } from "../facts";
import type { Panel, Tour } from "../tour";
import { StopForm } from "./stop_form";
import { shownState, wayTo, withoutStop, withStop } from "./stop_list";
import { STOPS_WORDS as WORDS } from "./stops_words";

/** As tour files have them at most. */
const MOST_STOPS = 200;

/** The guided tour: its stops, the way through them, and adding to them. Its letters
 * work wherever focus is inside `view`. */
export function stopsPanel(tour: Tour, view: HTMLElement): Panel {
  const bar = new StopsBar();
  const told = new ToldStop();
  const { settings, scope } = tour;
  const at = () => settings.get("stop");
  const go = (index: number) => {
    const way = wayTo(settings.get("stops"), index);
    if (way) visit(tour, WORDS.acts.go, way);
  };
  const form = new StopForm(scope, {
    add: (title, text) => addStop(tour, title, text),
    closed: () => bar.add.focus(),
  });
  const remove = () => {
    visit(tour, WORDS.acts.remove, withoutStop(route(tour)));
    if (settings.get("stops").length === 0) bar.add.focus();
  };

  const begin = (way: Partial<Settings>, verb: string) => {
    visit(tour, verb, way);
    bar.show(route(tour)); // a button that is hidden can't be focused
    bar.next.focus();
  };
  scope.listen(bar.start, "click", () => {
    const way = wayTo(settings.get("stops"), 0);
    if (way) begin(way, WORDS.acts.go);
  });
  scope.listen(bar.make, "click", async () => {
    setText(bar.make, WORDS.making);
    try {
      const stops = await madeStops(tour);
      begin({ ...wayTo(stops, 0), stops }, WORDS.acts.make);
    } catch (error) {
      tour.alert(WORDS.notMade(messageOf(error)));
    }
    setText(bar.make, WORDS.make);
  });
  scope.listen(bar.end, "click", () => {
    tour.act(WORDS.acts.end, { stop: -1 });
    tour.keep(null); // the pictures are the pointer's again
    bar.show(route(tour));
    bar.start.focus();
  });
  scope.listen(bar.back, "click", () => go(at() - 1));
  scope.listen(bar.next, "click", () => go(at() + 1));
  scope.listen(bar.jump, "change", () => go(bar.jump.selectedIndex));
  scope.listen(bar.add, "click", () => (form.root.hidden ? form.open() : form.close()));
  scope.listen(bar.remove, "click", remove);
  const acts: Readonly<Record<string, () => void>> = {
    n: () => go(at() + 1),
    p: () => go(at() - 1),
  };
  scope.listen(view, "keydown", (event) => {
    if (belongsOutside(event) || isField(event.target)) return;
    acts[event.key.toLowerCase()]?.();
  });

  const attributes = { class: "vw-stops", "aria-label": WORDS.tour };
  const parts = [bar.root, bar.progress, told.root, form.root];
  return {
    root: element("div", { role: "group", ...attributes }, parts),
    update(changed) {
      if (changed.has("stops")) bar.list(settings.get("stops"));
      if (!contains(changed, "stops", "stop")) return;
      bar.show(route(tour));
      told.show(settings.get("stops")[at()]);
    },
  };
}

/** Stops that the kernel makes of what it measured. */
async function madeStops(tour: Tour): Promise<TourStop[]> {
  const { result } = await tour.requests.ask("tour", {}, { slow: true });
  if (!Array.isArray(result.stops)) throw new Error(WORDS.noneHere);
  return result.stops;
}

function route({ settings }: Tour): Pick<Settings, "stops" | "stop"> {
  return { stops: settings.get("stops"), stop: settings.get("stop") };
}

function visit(tour: Tour, verb: string, way: Partial<Settings>): void {
  const { settings } = tour;
  tour.act(verb, way);
  if (settings.get("stop") !== way.stop) return;
  // The pointer, on its way from the button to the picture, must not change it.
  tour.keep({ query: settings.get("query"), region: settings.get("region") });
}

function addStop(tour: Tour, title: string, text: string): void {
  if (tour.settings.get("stops").length >= MOST_STOPS) {
    tour.alert(WORDS.full(MOST_STOPS));
    return;
  }
  const state = shownState(tour.settings);
  tour.act(WORDS.acts.add, withStop(route(tour), { title, text, state }));
}

/** Whether letters are for what has the focus. */
function isField(target: EventTarget | null): boolean {
  return target instanceof Element && target.matches("input, textarea, select");
}

/** The buttons, and how far one has come. */
class StopsBar {
  readonly start = button(WORDS.start);
  readonly make = button(WORDS.make);
  readonly back = button(WORDS.back, "P");
  readonly next = button(WORDS.next, "N");
  readonly end = button(WORDS.end);
  readonly jump = element("select", { class: "vw-select", "aria-label": WORDS.jump });
  readonly add = button(WORDS.add);
  readonly remove = button(WORDS.remove);
  readonly progress = element("div", { class: "vw-stops-progress", hidden: "" }, [
    element("div", { class: "vw-stops-done" }),
  ]);
  readonly root: HTMLElement;
  readonly #place = element("span", { class: "vw-stops-place" });
  readonly #walk: HTMLElement;

  constructor() {
    this.#walk = element("div", { class: "vw-stops-bar" }, [
      this.back,
      this.#place,
      this.next,
      this.jump,
      this.end,
    ]);
    const edit = element("div", { class: "vw-stops-bar" }, [this.remove, this.add]);
    const label = element("span", { class: "vw-label" }, [WORDS.tour]);
    const walk = [label, this.start, this.make, this.#walk];
    this.root = element("div", { class: "vw-stops-bar vw-stops-all" }, [
      element("div", { class: "vw-stops-bar" }, walk),
      edit,
    ]);
  }

  /** Offer all stops to jump to. */
  list(stops: readonly TourStop[]): void {
    const options = stops.map(({ title }, index) =>
      element("option", {}, [WORDS.option(index + 1, title)]),
    );
    this.jump.replaceChildren(...options);
  }

  show({ stops, stop }: Pick<Settings, "stops" | "stop">): void {
    const isOn = stops[stop] !== undefined;
    const hadFocus = this.#walk.contains(document.activeElement);
    this.start.hidden = isOn || stops.length === 0;
    this.make.hidden = stops.length > 0;
    this.#walk.hidden = !isOn;
    this.remove.hidden = !isOn;
    this.progress.hidden = !isOn;
    // Focus on what goes away would fall out of the view, and the keys with it.
    if (!isOn && hadFocus) (stops.length > 0 ? this.start : this.make).focus();
    if (!isOn) return;
    // Not `disabled`: focus would fall out of the view, and the keys with it.
    this.back.setAttribute("aria-disabled", String(stop === 0));
    this.next.setAttribute("aria-disabled", String(stop === stops.length - 1));
    this.jump.selectedIndex = stop;
    setText(this.#place, WORDS.place(stop + 1, stops.length));
    const share = `${(100 * (stop + 1)) / stops.length}%`;
    this.progress.style.setProperty("--vw-stops-share", share);
  }
}

/** What the present stop says; screen readers hear it when it changes. */
class ToldStop {
  readonly #title = element("p", { class: "vw-strong" });
  readonly #text = element("p", { class: "vw-stop-text" });
  readonly root = element("div", { class: "vw-stop", "aria-live": "polite" }, [
    this.#title,
    this.#text,
  ]);

  show(stop: TourStop | undefined): void {
    this.root.classList.toggle("vw-stop-none", !stop);
    setText(this.#title, stop?.title ?? "");
    setText(this.#text, stop?.text ?? "");
  }
}

function button(text: string, key?: string): HTMLButtonElement {
  const shortcut: Record<string, string> = key ? { "aria-keyshortcuts": key } : {};
  const attributes = { class: "vw-button", ...shortcut };
  return element("button", attributes, [text]);
}
