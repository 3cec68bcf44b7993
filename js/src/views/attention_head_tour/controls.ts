import { CopyButton } from "../../core/copy_button";
import { element } from "../../core/dom";
import { belongsOutside } from "../../core/keyboard";
import { pythonCode } from "../../core/python_code";
import { AttentionHeadTourCode } from "../../core/state.gen";
import { SETTING_NAMES } from "./facts";
import { Switch } from "./switch";
import type { Panel, Tour } from "./tour";
import type { undoButtons } from "./undo/undo_buttons";
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
  const switches = [shown, direction, scale, maximum];
  const copy = new CopyButton(tour.scope, () => codeOf(tour), {
    label: WORDS.copy,
    done: WORDS.copied,
    byHand: WORDS.copyByHand,
  });
  const help = helpBox();
  const helpButton = element(
    "button",
    { type: "button", class: "vw-button vw-help-button", "aria-label": WORDS.help },
    ["?"],
  );
  const showHelp = (shown: boolean) => {
    help.hidden = !shown;
    helpButton.setAttribute("aria-expanded", String(shown));
  };
  showHelp(false);
  tour.scope.listen(helpButton, "click", () => showHelp(help.hidden));

  const acts: Readonly<Record<string, () => void>> = {
    v: () => shown.flip(),
    d: () => direction.flip(),
    s: () => scale.flip(),
    m: () => maximum.flip(),
    "?": () => showHelp(help.hidden),
  };
  tour.scope.listen(view, "keydown", (event) => {
    if (event.key === "Escape") {
      showHelp(false);
      copy.closeBox();
    }
    if (!belongsOutside(event)) acts[event.key.toLowerCase()]?.();
  });

  const group = { class: "vw-controls", role: "group", "aria-label": WORDS.controls };
  const root = element("div", { class: "vw-controls-and-help" }, [
    element("div", group, [
      ...switches.map((each) => each.root),
      undo.root,
      copy.root,
      helpButton,
    ]),
    help,
    copy.box,
  ]);
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

function helpBox(): HTMLElement {
  const keys = KEYS.flatMap(([key, act]) => [
    element("dt", {}, [key]),
    element("dd", {}, [act]),
  ]);
  return element("div", { class: "vw-help" }, [
    ...EXPLANATION.map((text) => element("p", {}, [text])),
    element("dl", {}, keys),
  ]);
}
