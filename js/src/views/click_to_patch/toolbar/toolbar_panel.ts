import { element, setAria } from "../../../core/dom";
import { pythonCode } from "../../../core/python_code";
import { ClickToPatchCode } from "../../../core/state.gen";
import { button } from "../../../core/view/buttons";
import { controlBar } from "../../../core/view/control_bar";
import { Switch } from "../../../core/view/switch";
import type { undoButtons } from "../../../core/view/undo_buttons";
import { availableOf, SETTING_NAMES } from "../facts";
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
  const sites = new Switch(
    view,
    "site",
    WORDS.site,
    availableOf(view.facts, SITE_NAMES),
  );
  const wanted = wantedClass(view);
  const remove = () => view.edit(WORDS.removing, []);
  const looks = ".vw-alone.vw-undo-button";
  const clear = button(view.scope, [WORDS.removeAll], remove, looks);
  const where = element("div.vw-control", [sites.root, layer.root]);
  const parts = [donors.root, kinds.root, strength.root, where, wanted.root];
  const [back, on] = [() => layer.step(-1), () => layer.step(1)];
  return {
    root: controlBar(view.scope, root, {
      label: WORDS.controls,
      controls: parts,
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

function codeOf({ facts, settings }: Patcher): string {
  const state = SETTING_NAMES.map((name) => [name, settings.get(name)] as const);
  return pythonCode(facts.codeFrame, Object.fromEntries(state), ClickToPatchCode);
}
