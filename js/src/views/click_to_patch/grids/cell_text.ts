import { digits } from "../digits";
import { notHeld } from "../words";
import type { CellMarks } from "./cell_marks";
import type { CellValues } from "./cell_values";
import { type Cell, type GridPlan, indexOf, nameOf, WHOLE_ROW } from "./grid_plan";
import * as WORDS from "./words";

/** "L3.H1: 0.4321, exact · edited · marked". */
export function describe(
  plan: GridPlan,
  values: CellValues,
  marks: CellMarks,
  cell: Cell,
): string {
  const edited = marks.edited(plan, cell);
  const parts = [
    cell.column === WHOLE_ROW
      ? WORDS.allTokens(plan.address(cell))
      : valueText(plan, values, cell),
    WORDS.edited[edited],
    ...(marks.isMarked(plan, cell) ? [WORDS.marked] : []),
    ...(marks.isClosed(plan, cell) ? [notHeld] : []),
  ];
  return WORDS.and(parts);
}

function valueText(plan: GridPlan, values: CellValues, cell: Cell): string {
  const index = indexOf(plan, cell);
  const certainty = values.certainty(index);
  const name = nameOf(plan, cell);
  if (certainty === "unknown") return WORDS.noValue(name);
  return WORDS.value(name, digits(values.value(index)), WORDS.certainty[certainty]);
}
