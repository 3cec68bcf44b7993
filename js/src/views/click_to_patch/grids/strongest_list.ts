import { background } from "../../../core/diverging";
import { element, group, setAria, setText, UNHEARD } from "../../../core/dom";
import { onPointing } from "../../../core/view/pointing";
import { digits } from "../digits";
import type { Patcher } from "../patcher";
import type { Painted } from "./grid_painting";
import { type Cell, cellOf, indexOf, nameOf } from "./grid_plan";
import * as WORDS from "./words";

const MOST = 5;

/** The cells that change most, as buttons that edit them. */
export function strongestList(view: Patcher) {
  const entries = Array.from({ length: MOST }, () => entryOf(view));
  const none = element("p.vw-muted", [WORDS.noneYet]);
  return {
    root: group("div.vw-strongest", WORDS.strongest, [
      element("div.vw-strong", [WORDS.strongest]),
      element("div.vw-muted", [WORDS.strongestHint]),
      ...entries.map(({ root }) => root),
      none,
    ]),
    update(painted: Painted) {
      const indices = painted.values.strongest(MOST);
      none.hidden = indices.length > 0;
      for (const [rank, entry] of entries.entries()) {
        const index = indices[rank];
        entry.show(painted, index === undefined ? null : cellOf(painted.plan, index));
      }
    },
  };
}

/** Its button stays where another cell is shown in it, and so does the focus. */
function entryOf(view: Patcher) {
  let target: Parameters<Patcher["point"]> = ["", []];
  const swatch = element("span.vw-swatch", UNHEARD);
  const [name, value] = [element("span"), element("span.vw-number")];
  const certainty = element("span.vw-certainty");
  const said = element("span.vw-strongest-value", [value, " ", certainty]);
  const root = element("button.vw-bare.vw-strongest-entry", [swatch, name, " ", said]);
  const { scope } = view;
  scope.listen(root, "click", () => view.toggle(...target));
  const goes = () => view.point("", []);
  onPointing(scope, root, () => view.point(...target), goes);
  return {
    root,
    show({ plan, values, marks }: Painted, cell: Cell | null) {
      root.hidden = cell === null;
      if (!cell) return;
      target = [plan.address(cell), plan.tokens(cell)];
      const index = indexOf(plan, cell);
      setAria(root, "pressed", marks.edited(plan, cell) === "on");
      const colour = background(values.change(index), values.most);
      swatch.style.boxShadow = `inset 0 0 0 12px ${colour}`; // over white, as cells
      setText(name, nameOf(plan, cell));
      setText(value, digits(values.value(index)));
      setText(certainty, WORDS.certainty[values.certainty(index)]);
    },
  };
}
