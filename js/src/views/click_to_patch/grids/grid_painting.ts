import { divergingIndex, divergingOpaque } from "../../../core/diverging";
import { contextOf, fitCanvas, Painter } from "../../../core/painter";
import type { CellMarks } from "./cell_marks";
import type { CellValues, Certainty } from "./cell_values";
import { type Box, boxOf, columnsSeen, type Layout } from "./grid_layout";
import { type Cell, type GridPlan, indexOf } from "./grid_plan";
import { hatching, paintEdited, paintFlag } from "./mark_painting";

/** What a grid is painted from. */
export interface Painted {
  plan: GridPlan;
  values: CellValues;
  marks: CellMarks;
}

const CLOSED = "rgba(128, 128, 128, 0.8)";
const LINE = "rgba(128, 128, 128, 0.5)";

/** Paints the cells of a grid: the part that is scrolled to. */
export class GridPainting {
  readonly #context: CanvasRenderingContext2D;
  readonly #table = divergingOpaque();
  #colours: { plan: GridPlan; values: CellValues; painter: Painter } | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#context = contextOf(canvas);
  }

  /** @param from CSS pixels that are scrolled away on the left */
  paint({ plan, values, marks }: Painted, layout: Layout, from: number): void {
    const context = this.#context;
    const { canvas } = context;
    if (!fitCanvas(canvas)) return;
    context.clearRect(0, 0, canvas.width, canvas.height);
    this.#paintColours(plan, values, layout, from);
    const room = canvas.width / devicePixelRatio;
    const seen = columnsSeen(layout, plan.columns, from, room);
    const cells = [...cellsBetween(plan.rows, ...seen)];
    const box = (cell: Cell) => boxOf(layout, from, cell);
    this.#paintCertainty(cells, (cell) => values.certainty(indexOf(plan, cell)), box);
    this.#paintLines(cells, box);
    for (const cell of marks.isEmpty ? [] : cells) {
      const here = box(cell);
      if (marks.isClosed(plan, cell)) paintClosed(context, here);
      paintEdited(context, here, marks.edited(plan, cell));
      if (marks.isMarked(plan, cell)) paintFlag(context, here);
    }
  }

  #paintColours(
    plan: GridPlan,
    values: CellValues,
    { width }: Layout,
    from: number,
  ): void {
    const { canvas } = this.#context;
    const shown = canvas.width / devicePixelRatio / width;
    const part = { x: from / width, y: 0, width: shown, height: plan.rows };
    const all = { x: 0, y: 0, width: canvas.width, height: canvas.height };
    this.#painterOf(plan, values).draw(this.#context, part, all);
  }

  #painterOf(plan: GridPlan, values: CellValues): Painter {
    if (this.#colours?.values === values) return this.#colours.painter;
    const painter =
      this.#colours?.plan.key === plan.key
        ? this.#colours.painter
        : new Painter(plan.columns, plan.rows, this.#table);
    for (let index = 0; index < painter.indices.length; index++) {
      painter.indices[index] = divergingIndex(values.change(index), values.most);
    }
    painter.commit();
    this.#colours = { plan, values, painter };
    return painter;
  }

  /** What isn't known has no colour; approximations are hatched. */
  #paintCertainty(
    cells: readonly Cell[],
    certainty: (cell: Cell) => Certainty,
    box: (cell: Cell) => Box,
  ): void {
    const context = this.#context;
    context.beginPath();
    for (const cell of cells) {
      const { x, y, width, height } = box(cell);
      const sure = certainty(cell);
      if (sure === "unknown") context.clearRect(x, y, width, height);
      if (sure === "approximate") context.rect(x, y, width, height);
    }
    context.fillStyle = hatching(context);
    context.fill();
  }

  #paintLines(cells: readonly Cell[], box: (cell: Cell) => Box): void {
    const context = this.#context;
    const thickness = Math.max(1, Math.floor(devicePixelRatio));
    context.fillStyle = LINE;
    for (const cell of cells) {
      const { x, y, width, height } = box(cell);
      if (cell.column > 0) context.fillRect(x, y, thickness, height);
      if (cell.row > 0) context.fillRect(x, y, width, thickness);
    }
  }
}

/** What can't be clicked is greyed. */
function paintClosed(context: CanvasRenderingContext2D, box: Box): void {
  context.fillStyle = CLOSED;
  context.fillRect(box.x, box.y, box.width, box.height);
}

function* cellsBetween(rows: number, first: number, last: number): Generator<Cell> {
  for (let row = 0; row < rows; row++) {
    for (let column = first; column <= last; column++) yield { row, column };
  }
}
