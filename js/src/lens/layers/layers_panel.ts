import { element, setAria, setText, UNHEARD } from "../../core/dom";
import { belongsOutside } from "../../core/keyboard";
import { type Lens, layerName, type Panel } from "../lens";
import { WORDS } from "../words";
import { Player } from "./player";

/** More labels than this would touch each other. */
const MOST_LABELS = 14;
/** The part of a narrow slider that the first label takes. */
const FIRST_LABEL = 0.15;

/** The slider through the layers, which also plays. Its keys work wherever focus is
 * inside `view`. */
export function layersPanel(
  lens: Lens,
  view: HTMLElement,
): Panel & { step(by: number): void } {
  const { settings, scope, facts } = lens;
  const last = facts.layers - 1;
  const slider = layerSlider(last);
  const name = element("span.vw-strong.vw-layer-name");
  const play = element("button.vw-button.vw-play");
  const player = new Player(scope, {
    last,
    get: () => settings.get("layer"),
    show: (layer) => settings.set("layer", layer),
    changed: () => describePlay(play, player.playing),
  });
  const go = (layer: number) => {
    player.stop();
    lens.act(WORDS.slide, { layer });
  };
  scope.listen(play, "click", () => player.toggle());
  // While the thumb is dragged the layers pass by; where it is let go is one act.
  scope.listen(slider, "input", () => {
    player.stop();
    settings.set("layer", Number(slider.value));
  });
  scope.listen(slider, "change", () => go(Number(slider.value)));
  toggleBySpace(lens, view, player);
  describePlay(play, false);

  const labels = layerLabels(last);
  const track = element("div.vw-layer-track", [slider, labels.root]);
  const label = element("span.vw-label", [WORDS.layer]);
  const title = element("div.vw-layer-title", [label, name]);
  return {
    root: element("div.vw-layers", [play, title, track]),
    step(by) {
      go(Math.min(last, Math.max(-1, settings.get("layer") + by)));
    },
    update(changed) {
      if (!changed.has("layer")) return;
      const layer = settings.get("layer");
      slider.value = String(layer);
      const text = layerName(layer);
      setText(name, text);
      setAria(slider, "valuetext", WORDS.layerOf(text, facts.layers));
      labels.mark(layer);
    },
  };
}

function toggleBySpace({ scope }: Lens, view: HTMLElement, player: Player): void {
  scope.listen(view, "keydown", (event) => {
    if (!isSpare(event)) return;
    event.preventDefault(); // the page would scroll
    player.toggle();
  });
}

function layerSlider(last: number): HTMLInputElement {
  return element("input", {
    type: "range",
    class: "vw-layer-slider",
    min: "-1",
    max: String(last),
    step: "1",
    "aria-label": WORDS.layer,
  });
}

/** Names under the slider's stops: all, or every so many; the first is a long one. */
function layerLabels(last: number): {
  root: HTMLElement;
  mark(layer: number): void;
} {
  const every = Math.ceil((last + 2) / MOST_LABELS);
  const labels = new Map<number, HTMLElement>();
  for (let layer = -1; layer <= last; layer++) {
    const place = (layer + 1) / (last + 1);
    const touches = place < FIRST_LABEL || last - layer < every;
    const isEnd = layer < 0 || layer === last;
    if (!isEnd && (touches || layer % every !== 0)) continue;
    const label = element("span", [layerName(layer)]);
    label.style.setProperty("--vw-at", String(place));
    labels.set(layer, label);
  }
  const root = element("div.vw-layer-labels", UNHEARD, [...labels.values()]);
  return {
    root,
    mark(layer) {
      for (const [each, label] of labels) {
        label.classList.toggle("vw-present", each === layer);
      }
    },
  };
}

function describePlay(play: HTMLButtonElement, playing: boolean): void {
  setText(play, playing ? `⏸ ${WORDS.pause}` : `▶ ${WORDS.play}`);
}

/** Whether a key is Space, and means nothing else to what has the focus. */
function isSpare(event: KeyboardEvent): boolean {
  const pressable = "button, input:not([type=range]), textarea, select, a, summary";
  const { target } = event;
  return (
    event.key === " " &&
    !event.defaultPrevented &&
    !belongsOutside(event) &&
    !(target instanceof Element && target.matches(pressable))
  );
}
