import { element, setText } from "../../core/dom";
import type { Attribution, Panel } from "./attribution";
import { OutputChips } from "./classes/output_chips";
import { plain } from "./numbers";
import { WORDS } from "./words";

/** What the model says; the number that is taken apart; what is held fixed for that. */
export function equationPanel(view: Attribution): Panel {
  const output = new OutputChips(view);
  const name = element("span.vw-quantity");
  const value = element("span.vw-value");
  const frozen = element("p.vw-muted.vw-frozen");
  const note = element("p.vw-note");
  const root = element("div.vw-equation", [
    output.root,
    element("p.vw-equation-line", [name, " = ", value]),
    frozen,
    note,
  ]);
  return {
    root,
    update(changed) {
      output.update(changed.has("emoji"));
      const { shown } = view;
      root.classList.toggle("vw-faded", view.stale && shown !== null);
      setText(name, shown?.name ?? view.missing ?? "");
      setText(value, shown ? plain(shown.split.parent) : "…");
      if (!shown) return;
      const { split } = shown;
      const whole = split.whole.length > 0 ? [WORDS.whole(split.whole)] : [];
      setText(frozen, [WORDS.frozen(split.frozen), ...whole].join(" · "));
      setText(note, split.note);
      note.hidden = split.note === "";
    },
  };
}
