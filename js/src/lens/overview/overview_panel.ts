import { classEmoji, className } from "../../core/classes/class_facts";
import { element, setAria, setText } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import { moveInGrid } from "../../core/keyboard";
import { WalkedCell } from "../../core/picture/walked_cell";
import { contains } from "../../core/view/panel";
import { type Change, type Lens, layerName, type Panel, type Settings } from "../lens";
import { COLOURED } from "../modes/colouring";
import { ownChoice } from "../own_choice";
import { WORDS as LENS_WORDS } from "../words";
import { type Cell, OverviewGrid } from "./overview_grid";
import { OVERVIEW_WORDS as WORDS } from "./words";

/** What every token says at every layer, the embedding on top; a click goes there. */
export function overviewPanel(lens: Lens): Panel {
  const { settings, pointed } = lens;
  const grid = new OverviewGrid(lens);
  const spoken = new WalkedCell(grid.all);
  setAria(grid.all, "label", WORDS.label);
  let read: Cell | null = null;
  listen(lens, grid, (cell) => {
    read = cell;
    pointed.set(cell?.token ?? null);
    lens.invalidate("pointed");
  });
  const cells = ownChoice(lens, WORDS.size, WORDS.sizes, (size) =>
    grid.setWide(size === "large"),
  );
  const sign = new EmojiSign(lens.emoji, 16);
  const said = element("span");
  const title = element("span.vw-strong", [WORDS.title]);
  const hint = element("span.vw-muted", [WORDS.hint]);
  const heading = element("div", [title, " ", hint]);
  const head = element("div.vw-overview-head", [heading, cells]);
  const caption = element("p.vw-caption.vw-overview-caption", [sign.root, said]);
  return {
    root: element("div.vw-panel.vw-overview", [head, grid.root, caption]),
    update(changed) {
      if (contains(changed, ...REPAINTED)) grid.paint();
      if (changed.has("token")) grid.reveal(settings.get("token"));
      grid.root.classList.toggle("vw-stale", lens.stale);
      cells.hidden = !grid.isCramped;
      const present = presentCell(lens);
      grid.mark(present, read);
      const { facts } = lens;
      const { rows, tokens: columns } = facts.sizes;
      const place = { rows, columns, row: present.row, column: present.token };
      spoken.say({ ...place, text: describe(lens, present) });
      const { row, token } = read ?? present;
      const emoji = classEmoji(facts.classes, lens.readings.top(row - 1, token));
      sign.show(emoji, changed.has("sprites"));
      setText(said, describe(lens, { row, token }));
    },
  };
}

function presentCell({ settings }: Lens): Cell {
  return { row: settings.get("layer") + 1, token: settings.get("token") };
}

/** The pointer reads cells; a click and keys go there. */
function listen(
  lens: Lens,
  grid: OverviewGrid,
  point: (cell: Cell | null) => void,
): void {
  const { scope, facts } = lens;
  const { rows, tokens } = facts.sizes;
  scope.listen(grid.all, "pointermove", (event) => point(grid.cellOf(event)));
  scope.listen(grid.all, "pointerleave", () => point(null));
  scope.listen(grid.all, "click", (event) => choose(lens, grid.cellOf(event)));
  scope.listen(grid.all, "keydown", (event) => {
    const { row, token } = presentCell(lens);
    const to = event.shiftKey ? null : moveInGrid(event, row, token, rows, tokens);
    if (!to) return;
    event.preventDefault();
    point(null); // the keys lead now, wherever the pointer rests
    choose(lens, { row: Math.max(0, to[0]), token: to[1] });
  });
}

/** Changes after which cells look different. */
const REPAINTED = [...COLOURED, "size", "sprites"] as const satisfies readonly Change[];

/** Go to a cell, in one act that names what it changes. */
function choose(lens: Lens, to: Cell): void {
  const from = presentCell(lens);
  const changes: Partial<Settings> = {};
  if (to.row !== from.row) changes.layer = to.row - 1;
  if (to.token !== from.token) changes.token = to.token;
  lens.act(WORDS.choose, changes);
}

function describe({ facts, readings, colouring }: Lens, { row, token }: Cell): string {
  const layer = row - 1;
  const target = readings.top(layer, token);
  const value = colouring?.value?.(layer, token);
  return WORDS.cell(
    layerName(layer),
    facts.grid.name(token),
    className(facts.classes, target),
    LENS_WORDS.percent(readings.probability(layer, token)),
    value ? ` · ${value}` : "",
  );
}
