import { element, setText } from "../../../core/dom";
import { contextOf, fitCanvas } from "../../../core/painter";
import { drawGrid, drawPicture, pictureCanvas } from "../../../core/picture/drawing";
import { Stage } from "../../../core/picture/stage";
import { contains } from "../../../core/view/panel";
import type { Side } from "../side";
import type { Panel, Tour } from "../tour";
import { WORDS } from "../words";
import { Chooser } from "./chooser";

/** The picture with its patches, and the prefix tokens: here a person picks the query.
 *
 * The picture and the chips are one stop of the Tab key (that of the present query), so
 * that passing through doesn't change it. */
export function pickerPanel(tour: Tour, side: Side): Panel {
  const { grid } = side.facts;
  const stage = new Stage(side.facts, "vw-picker", WORDS.picture);
  const chips = grid.prefixNames.map((name, token) =>
    element("button", { class: "vw-chip", "data-token": `${token}` }, [name]),
  );
  const name = element("span", { class: "vw-strong" });
  const hint = element("span", { class: "vw-muted" });
  const placeQuery = stage.addMark("vw-query");
  const placeRead = stage.addMark("vw-probe");
  for (const [token, chip] of chips.entries()) {
    if (side.firstToken(token) !== null) continue;
    chip.disabled = true; // queries are the first side's tokens
    chip.title = WORDS.noToken(tour.sides[0]?.facts.name ?? "", grid.name(token));
  }
  const chooser = new Chooser(tour, side, stage, chips);
  const heading =
    tour.sides.length > 1
      ? WORDS.sideName(side.index, side.facts.name)
      : WORDS.chooseToken;

  const root = element(
    "div",
    { class: "vw-panel", role: "group", "aria-label": WORDS.chooseToken },
    [element("div", { class: "vw-heading" }, [heading]), stage.root],
  );
  if (chips.length > 0) {
    const row = { class: "vw-chips", role: "group", "aria-label": WORDS.prefixTokens };
    const or = element("span", { class: "vw-muted" }, [WORDS.or]);
    root.append(element("div", row, [or, ...chips]));
  }
  root.append(element("p", { class: "vw-caption" }, [name, " ", hint]));

  const picture = pictureCanvas(side.facts.picture, "colour");
  const context = contextOf(stage.canvas);
  tour.scope.onResize(stage.canvas, () => tour.invalidate("size"));

  const showQuery = () => {
    const tokens = side.tokens ?? [];
    const { query } = side;
    const [first = 0] = tokens;
    chooser.remember();
    placeQuery(tokens);
    const said = side.tokens
      ? side.tokenName
      : WORDS.noToken(side.facts.name, side.tokenName);
    stage.speak(first, said);
    const onChip = query !== null && !grid.isPatch(query);
    stage.root.tabIndex = onChip ? -1 : 0;
    chips.forEach((chip, token) => {
      chip.tabIndex = token === query ? 0 : -1;
      chip.setAttribute("aria-pressed", String(token === query));
    });
    setText(name, said);
  };
  return {
    root,
    update(changed) {
      if (changed.has("size") && fitCanvas(stage.canvas)) {
        drawPicture(context, picture);
        drawGrid(context, grid);
      }
      if (contains(changed, "query", "region")) showQuery();
      const read = tour.pointed.on(side);
      placeRead(read === null ? [] : [read]);
      root.classList.toggle("vw-kept", tour.kept);
      setText(hint, tour.kept ? WORDS.keptHint : WORDS.hoverHint);
    },
  };
}
