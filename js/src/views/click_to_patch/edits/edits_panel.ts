import { element, group, setText } from "../../../core/dom";
import { overlap } from "../edits";
import type { Panel, Patcher } from "../patcher";
import { EditList } from "./edit_list";
import * as WORDS from "./words";

/** What is edited, in order: each edit with its own switch, kind and strength. */
export function editsPanel(view: Patcher): Panel {
  const count = element("span.vw-muted");
  const heading = element("p.vw-heading", { tabindex: "-1" }, [
    element("span.vw-strong", [WORDS.heading]),
    " ",
    count,
  ]);
  const none = element("p.vw-edits-none.vw-muted", [WORDS.none]);
  const order = element("p.vw-edits-order.vw-muted", [WORDS.order]);
  const list = new EditList(view, heading);
  const show = () => {
    const edits = view.settings.get("interventions");
    const on = edits.filter((edit) => edit.switch === "on");
    setText(count, edits.length > 0 ? WORDS.count(on.length, edits.length) : "");
    none.hidden = edits.length > 0;
    list.root.hidden = edits.length === 0;
    order.hidden = !overlap(on);
    list.show(edits);
  };
  show();
  // Its boxes take long to lay out, and a click is for the prediction.
  const showSoon = view.scope.eachFrame(show);
  return {
    root: group("div.vw-edits", WORDS.heading, [heading, none, list.root, order]),
    update(changed) {
      if (changed.has("interventions")) showSoon();
    },
  };
}
