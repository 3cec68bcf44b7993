import { element, setAria, setText } from "../../../core/dom";
import { WalkedCell } from "../../../core/picture/walked_cell";
import { contains } from "../../../core/view/panel";
import { changeOf } from "../edits";
import type { Change, Patcher } from "../patcher";
import { targetsOf, toggledTogether } from "./block_toggle";
import { CellMarks } from "./cell_marks";
import { describe } from "./cell_text";
import { CellValues } from "./cell_values";
import { GridFace } from "./grid_face";
import { GridGestures } from "./grid_gestures";
import { type Block, mostRoom } from "./grid_layout";
import type { Painted } from "./grid_painting";
import { type Cell, planOf, pointedPlace, WHOLE_ROW } from "./grid_plan";
import { heatLegend } from "./heat_legend";
import { strongestList } from "./strongest_list";
import * as WORDS from "./words";

/** CSS pixels across that a caption and the legend take. */
const LEAST_ROOM = 460;

/** The grid on show, what it says about the cell that is pointed at, and its strongest
 * cells. */
export class GridBoard {
  readonly root: HTMLElement;
  painted: Painted;
  readonly #view: Patcher;
  readonly #face: GridFace;
  readonly #walked: WalkedCell;
  readonly #gestures: GridGestures;
  readonly #strongest: ReturnType<typeof strongestList>;
  readonly #legend = heatLegend();
  #isPointedHere = false;
  readonly #caption = element("p.vw-caption.vw-readout");

  constructor(view: Patcher) {
    const { scope, facts } = view;
    this.#view = view;
    this.#strongest = strongestList(view);
    this.#face = new GridFace(scope, facts.grid);
    this.#walked = new WalkedCell(this.#face.root);
    setAria(this.#face.root, "multiselectable", "true");
    this.painted = { ...this.#readValues(), marks: this.#readMarks() };
    const plan = () => this.painted.plan;
    this.#gestures = new GridGestures(scope, this.#face, this.#walked, plan, {
      point: (cell) => this.#point(cell),
      toggle: (cell) => view.toggle(plan().address(cell), plan().tokens(cell)),
      toggleBlock: (block) => this.#toggleBlock(block),
      mark: (cell) => view.mark(plan().address(cell)),
      walked: () => this.#showCursor(),
    });
    const parts = [this.#face.root, this.#caption, this.#legend.root];
    const grid = element("div.vw-grid-and-caption", parts);
    this.root = element("div.vw-grid-and-list", [grid, this.#strongest.root]);
  }

  update(changed: ReadonlySet<Change>): void {
    const isRevalued = changed.has("heat");
    const isRemarked =
      isRevalued || contains(changed, "interventions", "marked", "kind", "strength");
    if (isRevalued) this.painted = { ...this.painted, ...this.#readValues() };
    if (isRemarked) this.painted = { ...this.painted, marks: this.#readMarks() };
    if (isRevalued) this.#revalue();
    if (isRemarked) {
      this.#face.paint(this.painted);
      this.#strongest.update(this.painted);
      this.#showCursor();
    }
    this.#showPointed();
  }

  #readValues(): Pick<Painted, "plan" | "values"> {
    const { settings, facts, heat } = this.#view;
    const plan = planOf(settings, facts);
    const untouched = settings.get("direction") === "denoising" ? 0 : 1;
    const values = new CellValues(heat, plan.rows * plan.columns, untouched);
    return { plan, values };
  }

  #readMarks(): CellMarks {
    const { settings, facts } = this.#view;
    return new CellMarks(
      settings.get("interventions"),
      settings.get("marked"),
      facts.saved ? (...part) => this.#view.answers(...part) : null,
    );
  }

  #revalue(): void {
    const { settings } = this.#view;
    const { plan } = this.painted;
    setAria(this.#face.root, "label", WORDS.grid[settings.get("grid_shown")]);
    this.#gestures.fit(plan);
    const most = mostRoom(plan);
    const room = most === null ? "1fr" : `${Math.max(most, LEAST_ROOM)}px`;
    this.root.style.setProperty("--vw-grid-most", room);
    this.#legend.update(this.painted, settings.get("direction"));
  }

  #showCursor(): void {
    const { plan, marks } = this.painted;
    const { cursor } = this.#gestures;
    this.#face.setCursor(cursor);
    // The names of rows are a column, too.
    const names = plan.byToken ? 1 : 0;
    this.#walked.say(
      {
        rows: plan.rows,
        columns: plan.columns + names,
        row: cursor.row,
        column: cursor.column + names,
        text: this.#describe(cursor),
        role: cursor.column === WHOLE_ROW ? "rowheader" : "gridcell",
        selected: marks.edited(plan, cursor) === "on",
      },
      plan.key,
    );
  }

  #showPointed(): void {
    const place = pointedPlace(this.painted.plan, this.#view.pointed);
    this.#face.setPointed(place);
    // What is pointed at in the pictures may be scrolled away here.
    if (place && !this.#isPointedHere) this.#face.reveal(place.column);
    const { row = null, column = 0 } = place ?? {};
    const text = row === null ? WORDS.pointAt : this.#describe({ row, column });
    setText(this.#caption, text);
  }

  #describe(cell: Cell): string {
    const { plan, values, marks } = this.painted;
    return describe(plan, values, marks, cell);
  }

  #point(cell: Cell | null): void {
    const { plan } = this.painted;
    this.#isPointedHere = cell !== null;
    if (cell) this.#view.point(plan.address(cell), plan.tokens(cell));
    else this.#view.point("", []);
  }

  #toggleBlock(block: Block): void {
    const { settings, facts } = this.#view;
    const edits = toggledTogether(
      settings.get("interventions"),
      targetsOf(this.painted.plan, block),
      changeOf(settings),
      facts.labels,
    );
    this.#view.edit(WORDS.toggleBlock, edits);
  }
}
