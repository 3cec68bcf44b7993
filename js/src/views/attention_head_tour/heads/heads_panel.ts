import { element, setText } from "../../../core/dom";
import { Finder } from "../finder/finder";
import { finderPanel } from "../finder/finder_panel";
import type { Side } from "../side";
import type { Change, Panel, Tour } from "../tour";
import { WORDS } from "../words";
import { Board } from "./board";

/** What a board that comes into view has to be drawn for. */
const EVERYTHING: readonly Change[] = ["size", "values", "layer", "head", "statistics"];

/** Every head of a side as a thumbnail, layers down and heads across or in an order, and
 * over them what finds heads. A rollout has a board of its own, with one map a layer. */
export function headsPanel(tour: Tour, side: Side): Panel {
  const boards = new Map<boolean, Board>();
  const finder = new Finder(tour, side);
  const search = finderPanel(tour, finder);
  const frame = element("div", { class: "vw-board-frame" });
  const below = element("div");
  const fetching = element("span", { class: "vw-muted vw-fetching" });
  const root = element(
    "div",
    { class: "vw-panel", role: "group", "aria-label": WORDS.allHeads },
    [
      element("div", { class: "vw-heading" }, [WORDS.allHeads, " ", fetching]),
      search.root,
      frame,
      below,
    ],
  );
  const present = (): { board: Board; isNew: boolean } => {
    const board = boards.get(finder.isOpen) ?? new Board(tour, side, finder, frame);
    boards.set(finder.isOpen, board);
    const isNew = frame.firstChild !== board.root;
    if (isNew) frame.replaceChildren(board.root);
    if (isNew) below.replaceChildren(board.caption);
    return { board, isNew };
  };
  tour.scope.onResize(frame, () => tour.invalidate("size"));
  tour.scope.onPixelRatio(() => tour.invalidate("size"));

  return {
    root,
    update(changed) {
      root.hidden = tour.settings.get("side") !== side.index;
      if (root.hidden) return;
      finder.update(changed);
      search.update(changed);
      const { board, isNew } = present();
      const all = isNew || changed.has("side");
      board.update(all ? new Set([...changed, ...EVERYTHING]) : changed);
      // Measuring may take long: what is to be seen comes first.
      if (board.isPainted && !side.busy) finder.measure();
      setText(fetching, side.fetching);
      root.classList.toggle("vw-stale", side.stale);
      const nothing = tour.detached || side.tokens === null;
      root.classList.toggle("vw-unreachable", nothing);
    },
  };
}
