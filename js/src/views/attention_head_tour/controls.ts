import { pythonCode } from "../../core/python_code";
import { AttentionHeadTourCode } from "../../core/state.gen";
import { controlBar } from "../../core/view/control_bar";
import { Switch } from "../../core/view/switch";
import type { undoButtons } from "../../core/view/undo_buttons";
import { SETTING_NAMES } from "./facts";
import type { Panel, Tour } from "./tour";
import { EXPLANATION, KEYS, WORDS } from "./words";

type Undo = ReturnType<typeof undoButtons>;

/** The switches and the help. Their letters work wherever focus is inside `view`. */
export function controlsPanel(tour: Tour, view: HTMLElement, undo: Undo): Panel {
  const offered = tour.facts.offered.map((each) => [each, WORDS.shownNames[each]]);
  const shown = new Switch(tour, "shown", WORDS.shown, Object.fromEntries(offered));
  const direction = new Switch(tour, "direction", WORDS.direction, WORDS.directions);
  const scale = new Switch(tour, "scale", WORDS.scale, WORDS.scales);
  const maximum = new Switch(tour, "maximum", WORDS.maximum, WORDS.maxima);
  shown.root.hidden = offered.length < 2; // a saved page may hold attention alone
  const root = controlBar(tour.scope, view, {
    label: WORDS.controls,
    controls: [shown, direction, scale, maximum].map((each) => each.root),
    undo: undo.root,
    code: () => codeOf(tour),
    help: { explanation: EXPLANATION, keys: KEYS },
    keys: {
      v: () => shown.flip(),
      d: () => direction.flip(),
      s: () => scale.flip(),
      m: () => maximum.flip(),
    },
  });
  return {
    root,
    update() {
      for (const each of [shown, direction, maximum]) each.update();
      const signed = tour.settings.get("shown") === "scores";
      scale.update(signed ? { value: "linear", why: WORDS.noLog } : null);
      undo.update();
    },
  };
}

function codeOf({ facts, settings }: Tour): string {
  const state = SETTING_NAMES.map((name) => [name, settings.get(name)] as const);
  return pythonCode(facts.codeFrame, Object.fromEntries(state), AttentionHeadTourCode);
}
