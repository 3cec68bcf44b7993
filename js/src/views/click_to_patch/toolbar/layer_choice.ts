import { element } from "../../../core/dom";
import { selectBox } from "../../../core/view/select_box";
import { VIEW_WORDS } from "../../../core/view/words";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** The block whose patches the images edit. */
export function layerChoice(view: Patcher) {
  const { scope, settings, facts } = view;
  const choose = (layer: number) => view.act(VIEW_WORDS.change, { layer });
  const layers = Array.from({ length: facts.layers }, (_, layer) => String(layer));
  const options = layers.map((layer) => [layer, layer] as const);
  const box = selectBox(scope, options, (layer) => choose(Number(layer)));
  const label = element("span.vw-label", [WORDS.layer]);
  return {
    root: element("label.vw-control", [label, box]),
    /** Go so many layers on. */
    step(by: number) {
      const layer = settings.get("layer") + by;
      if (layer >= 0 && layer < facts.layers) choose(layer);
    },
    update() {
      box.value = String(settings.get("layer"));
    },
  };
}
