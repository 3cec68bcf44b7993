import { element, setAria } from "../../../core/dom";
import { pythonCode } from "../../../core/python_code";
import { ClickToPatchCode } from "../../../core/state.gen";
import { button } from "../../../core/view/buttons";
import { controlBar } from "../../../core/view/control_bar";
import { Switch } from "../../../core/view/switch";
import type { undoButtons } from "../../../core/view/undo_buttons";
import { SETTING_NAMES, type Settings } from "../facts";
import type { Panel, Patcher } from "../patcher";
import { SITE_NAMES } from "../words";
import { donorButtons } from "./donor_buttons";
import { kindSwitch } from "./kind_switch";
import { layerChoice } from "./layer_choice";
import { strengthChoice } from "./strength_choice";
import { wantedClass } from "./wanted_class";
import * as WORDS from "./words";

/** What a click does, undo, code and help. Their letters work wherever focus is inside
 * `root`.
 *
 * @param keys what further letters do
 */
export function toolbarPanel(
  view: Patcher,
  root: HTMLElement,
  undo: ReturnType<typeof undoButtons>,
  keys: Readonly<Record<string, () => void>>,
): Panel {
  const donors = donorButtons(view);
  const kinds = kindSwitch(view);
  const strength = strengthChoice(view);
  const layer = layerChoice(view);
  const sites = siteSwitch(view);
  const wanted = wantedClass(view);
  const remove = () => view.edit(WORDS.removing, []);
  const looks = ".vw-alone.vw-undo-button";
  const clear = button(view.scope, [WORDS.removeAll], remove, looks);
  const parts = [donors, kinds, strength, layer, sites, wanted];
  const [back, on] = [() => layer.step(-1), () => layer.step(1)];
  return {
    root: controlBar(view.scope, root, {
      label: WORDS.controls,
      controls: parts.map((part) => part.root),
      undo: element("div.vw-control", [undo.root, clear]),
      code: () => codeOf(view),
      help: { explanation: WORDS.explanation, keys: WORDS.keys },
      keys: {
        ...keys,
        "[": back,
        ",": back,
        "]": on,
        ".": on,
        c: () => wanted.focus(),
        d: () => donors.flip(),
        k: () => kinds.flip(),
        p: () => view.showProof(),
        s: () => sites.flip(),
      },
    }),
    update(changed) {
      const isFresh = changed.has("emoji");
      donors.update(isFresh);
      wanted.update(isFresh);
      for (const part of [kinds, sites, strength, layer, undo]) part.update();
      const isEmpty = view.settings.get("interventions").length === 0;
      // Not `disabled`: focus would fall out of the view, and the keys with it.
      setAria(clear, "disabled", isEmpty);
      clear.title = isEmpty ? WORDS.nothingToRemove : "";
    },
  };
}

/** What of a token is edited: what this model has. */
function siteSwitch(view: Patcher) {
  const { available } = view.facts;
  const all = Object.entries(SITE_NAMES);
  const there = all.filter(([site]) => available.includes(site));
  const options = Object.fromEntries(there) as Record<Settings["site"], string>;
  return new Switch(view, "site", WORDS.site, options);
}

function codeOf({ facts, settings }: Patcher): string {
  const state = SETTING_NAMES.map((name) => [name, settings.get(name)] as const);
  return pythonCode(facts.codeFrame, Object.fromEntries(state), ClickToPatchCode);
}
