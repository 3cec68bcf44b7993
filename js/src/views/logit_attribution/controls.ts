import { element } from "../../core/dom";
import { pythonCode } from "../../core/python_code";
import { LogitAttributionCode } from "../../core/state.gen";
import { controlBar } from "../../core/view/control_bar";
import type { undoButtons } from "../../core/view/undo_buttons";
import type { Attribution, Panel } from "./attribution";
import { classBox, now } from "./classes/class_box";
import { MeasureSwitch } from "./classes/measure_switch";
import { SETTING_NAMES } from "./facts";
import { isReadable } from "./quantity";
import { EXPLANATION, KEYS, WORDS } from "./words";

type Undo = ReturnType<typeof undoButtons>;

/** Which number is taken apart, undo, code and help. Their letters work wherever focus is
 * inside `root`. */
export function controlsPanel(view: Attribution, root: HTMLElement, undo: Undo): Panel {
  const target = classBox(view, "target");
  const versus = classBox(view, "versus");
  const measure = new MeasureSwitch(view, () => {
    versus.root.hidden = false; // what is hidden takes no focus
    versus.focus();
  });
  const swap = swapButton(view);
  return {
    root: controlBar(view.scope, root, {
      label: WORDS.controls,
      controls: [target.root, measure.root, versus.root, swap],
      undo: undo.root,
      code: () => codeOf(view),
      help: { explanation: EXPLANATION, keys: KEYS },
      keys: {
        c: () => target.focus(),
        m: () => measure.flip(),
        o: () => view.setOrder(view.order === "size" ? "place" : "size"),
      },
    }),
    update(changed) {
      measure.update();
      const isDifference = view.settings.get("measure") === "difference";
      const isFresh = changed.has("emoji");
      target.show(view.settings.get("target"), isFresh);
      versus.show(view.settings.get("versus"), isFresh);
      versus.root.hidden = !isDifference && !measure.isChoosing;
      swap.hidden = !isDifference || !canSwap(view);
      undo.update();
    },
  };
}

function swapButton(view: Attribution): HTMLButtonElement {
  const attributes = { class: "vw-button vw-swap" };
  const button = element("button", attributes, [WORDS.swap]);
  view.scope.listen(button, "click", () => {
    const { target, versus } = now(view);
    view.act(WORDS.acts.swap, { target: versus, versus: target });
  });
  return button;
}

/** A saved page may hold only one way round. */
function canSwap(view: Attribution): boolean {
  const { target, versus, measure } = now(view);
  const other = { target: versus, versus: target, measure };
  return isReadable(other, view.facts.readable);
}

function codeOf({ facts, settings }: Attribution): string {
  const state = SETTING_NAMES.map((name) => [name, settings.get(name)] as const);
  return pythonCode(facts.codeFrame, Object.fromEntries(state), LogitAttributionCode);
}
