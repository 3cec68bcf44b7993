import type { Sizes } from "../../../core/attention";
import { clamp, type PatchGrid } from "../../../core/grid";
import { crispWidth } from "../../../core/painter";
import type { Place } from "../finder/head_table";

/** Sizes in CSS pixels; the style sheet takes them from here. */
export const AXIS_WIDTH = 26;
export const AXIS_HEIGHT = 18;
const GAP = 3;
const SMALLEST = 24;
const LARGEST = 72;
/** In an order every head has its address and number beneath it: two lines. */
const LABEL_HEIGHT = 30;
const SMALLEST_LABELLED = 52;
/** Thumbnails shrink to keep all layers of a deep model within this height. */
const COMFORTABLE_HEIGHT = 560;

/** Where the heads' thumbnails lie. */
export interface BoardLayout {
  /** The heads, row by row; in an order the last row may be shorter. */
  rows: readonly (readonly Place[])[];
  /** Most heads in a row. */
  columns: number;
  /** Layers down and heads across; else in an order, each with a label beneath it. */
  byPlace: boolean;
  /** Of a thumbnail, the space around it, and its label; in pixels of the screen. */
  width: number;
  height: number;
  gap: number;
  label: number;
}

interface Heads {
  sizes: Sizes;
  grid: PatchGrid;
}

/** What is laid out, and how much room there is in CSS pixels. */
export interface BoardContent extends Heads {
  /** Heads in their order; null for all at their places. */
  order: readonly Place[] | null;
  room: number;
  density: number;
}

/** The width that shows all layers at a comfortable height. */
export function comfortableWidth({ sizes, grid }: Heads): number {
  const side = comfortableSide({ sizes, grid });
  return AXIS_WIDTH + sizes.heads * (side + GAP) + 2 * GAP;
}

export function layOutBoard(content: BoardContent): BoardLayout {
  const { sizes, grid, order, room, density } = content;
  const comfortable = comfortableSide(content);
  const gap = Math.round(GAP * density);
  const thumbnail = (side: number) => {
    const width = crispWidth(Math.max(1, side) * density, grid.columns);
    return { width, height: Math.round((width / grid.columns) * grid.rows), gap };
  };
  if (!order) {
    const across = (room - AXIS_WIDTH) / sizes.heads - GAP;
    const rows = Array.from({ length: sizes.layers }, (_, layer) =>
      Array.from({ length: sizes.heads }, (_, head): Place => [layer, head]),
    );
    const size = thumbnail(Math.min(across, comfortable));
    return { rows, columns: sizes.heads, byPlace: true, label: 0, ...size };
  }
  const size = thumbnail(Math.min(room, Math.max(SMALLEST_LABELLED, comfortable)));
  const fit = Math.floor((room * density + gap) / (size.width + gap));
  const columns = Math.max(1, fit);
  const label = Math.round(LABEL_HEIGHT * density);
  return { rows: inRows(order, columns), columns, byPlace: false, label, ...size };
}

/** Pixels of the screen that all thumbnails take, labels between them included. */
export function boardSize(layout: BoardLayout): { width: number; height: number } {
  const { rows, columns, width, height, gap, label } = layout;
  return {
    width: columns * (width + gap) - gap,
    height: Math.max(1, rows.length * (height + label + gap) - gap),
  };
}

function comfortableSide({ sizes, grid }: Heads): number {
  const down = (COMFORTABLE_HEIGHT / sizes.layers - GAP) * (grid.columns / grid.rows);
  return clamp(down, SMALLEST, LARGEST);
}

function inRows(places: readonly Place[], columns: number): Place[][] {
  const rows = Math.ceil(places.length / columns);
  return Array.from({ length: rows }, (_, row) =>
    places.slice(row * columns, (row + 1) * columns),
  );
}
