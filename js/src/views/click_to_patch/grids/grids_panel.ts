import { element, group, setText } from "../../../core/dom";
import { contains } from "../../../core/view/panel";
import { Switch } from "../../../core/view/switch";
import { availableOf } from "../facts";
import type { Panel, Patcher } from "../patcher";
import { SITE_NAMES } from "../words";
import { GridBoard } from "./grid_board";
import type { Painted } from "./grid_painting";
import { cellOf } from "./grid_plan";
import { sweepBar } from "./sweep_bar";
import { sweepChoices } from "./sweep_choices";
import * as WORDS from "./words";

/** The parts of the model as cells that are edited by a click, in the colours of what
 * replacing them would do. */
export function gridsPanel(view: Patcher): Panel {
  const shown = new Switch(view, "grid_shown", WORDS.shown, WORDS.grids);
  const part = new Switch(
    view,
    "part",
    WORDS.part,
    availableOf(view.facts, WORDS.parts),
  );
  const board = new GridBoard(view);
  const bar = sweepBar(view);
  const choices = sweepChoices(view);
  const hint = element("p.vw-muted");
  const root = group("div.vw-panel.vw-grids", WORDS.panel, [
    element("div.vw-heading.vw-strong", [WORDS.panel]),
    element("div.vw-controls", [shown.root, part.root]),
    hint,
    board.root,
    bar.root,
    choices.root,
  ]);
  return {
    root,
    update(changed) {
      board.update(changed);
      if (contains(changed, "heat", "task", "kind", "strength")) {
        shown.update();
        part.update();
        part.root.hidden = view.settings.get("grid_shown") !== "head_tokens";
        choices.update();
        const { plan, values } = board.painted;
        setText(hint, `${hintOf(view)} ${answeredOf(board.painted)}`.trim());
        bar.update(values, plan.rows * plan.columns);
      }
    },
  };
}

/** How many cells a saved page answers, where not all. */
function answeredOf({ plan, marks }: Painted): string {
  const all = plan.rows * plan.columns;
  let open = 0;
  for (let at = 0; at < all; at++)
    open += marks.isClosed(plan, cellOf(plan, at)) ? 0 : 1;
  return open < all ? WORDS.open(open, all) : "";
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
