import { element, group, setText } from "../../../core/dom";
import { contains } from "../../../core/view/panel";
import { Switch } from "../../../core/view/switch";
import type { Facts } from "../facts";
import type { Panel, Patcher } from "../patcher";
import { SITE_NAMES } from "../words";
import { GridBoard, REVALUED } from "./grid_board";
import { sweepBar } from "./sweep_bar";
import { sweepChoices } from "./sweep_choices";
import * as WORDS from "./words";

/** The parts of the model as cells that are edited by a click, in the colours of what
 * replacing them would do. */
export function gridsPanel(view: Patcher): Panel {
  const shown = new Switch(view, "grid_shown", WORDS.shown, WORDS.grids);
  const part = new Switch(view, "part", WORDS.part, partsOf(view.facts));
  const board = new GridBoard(view);
  const bar = sweepBar(view);
  const choices = sweepChoices(view);
  const hint = element("p.vw-muted");
  const note = element("p.vw-preview-note");
  const root = group("div.vw-panel.vw-grids", WORDS.panel, [
    element("div.vw-heading.vw-strong", [WORDS.panel]),
    element("div.vw-controls", [shown.root, part.root]),
    hint,
    board.root,
    note,
    bar.root,
    choices.root,
  ]);
  return {
    root,
    update(changed) {
      board.update(changed);
      if (contains(changed, ...REVALUED, "metric", "values", "task")) {
        shown.update();
        part.update();
        part.root.hidden = view.settings.get("grid_shown") !== "head_tokens";
        setText(hint, hintOf(view));
        setText(note, previewNote(view));
        choices.update();
        const { plan, values } = board.painted;
        bar.update(values, plan.rows * plan.columns);
      }
    },
  };
}

function hintOf({ settings }: Patcher): string {
  switch (settings.get("grid_shown")) {
    case "heads":
      return WORDS.hint.heads;
    case "tokens":
      return WORDS.hint.tokens(SITE_NAMES[settings.get("site")]);
    case "head_tokens":
      return WORDS.hint.head_tokens(settings.get("layer"));
  }
}

/** Why there is no preview, or that it is on its way. */
function previewNote({ heat }: Patcher): string {
  if (heat.preview) return "";
  return heat.why === null ? WORDS.working : WORDS.noPreview(heat.why);
}

/** The parts of heads that this model has, and what they are called. */
function partsOf({ available }: Facts): Partial<typeof WORDS.parts> {
  const parts = Object.entries(WORDS.parts);
  return Object.fromEntries(parts.filter(([part]) => available.includes(part)));
}
