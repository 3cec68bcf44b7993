/** The product of two matrices in WebAssembly's vector instructions.
 *
 * Four rows by eight columns at a time: their eight vectors of sums stay in registers
 * while the two factors are gone through once. The right factor comes in panels of eight
 * columns, each row by row, so that all of it is read in the order in which it lies.
 */
import {
  add,
  addFour,
  constant,
  get,
  increase,
  loadFour,
  loadSplat,
  multiplyFour,
  repeat,
  set,
  storeFour,
} from "./instructions";
import { moduleOf } from "./module";

/** Rows of the left factor that are multiplied together. */
export const TILE_ROWS = 4;
/** Columns of a panel of the right factor. */
export const PANEL_COLUMNS = 8;

const FLOAT = 4;
const VECTOR = 16;
const PANEL = FLOAT * PANEL_COLUMNS;

/** `run` of the module: addresses and strides in bytes, counts of at least one.
 *
 * @param left first row of the left factor, `depth` floats a row, whole tiles of rows
 * @param leftStride bytes of one of its rows
 * @param right first panel of the right factor
 * @param start what the sums begin with: eight floats a panel
 * @param out where the product goes
 * @param outStride bytes of one of its rows
 * @param tiles number of tiles of rows
 * @param depth columns of the left factor, which are rows of the right one
 * @param panels number of panels
 */
export type RunProduct = (
  left: number,
  leftStride: number,
  right: number,
  start: number,
  out: number,
  outStride: number,
  tiles: number,
  depth: number,
  panels: number,
) => void;

// Locals: the parameters of RunProduct in their order, then what follows.
const [LEFT, LEFT_STRIDE, RIGHT, START, OUT, OUT_STRIDE, TILES, DEPTH, PANELS] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const;
const N_PARAMETERS = 9;
const [TILES_LEFT, DEPTH_LEFT, RIGHT_ROW, OUT_ROW] = [9, 10, 11, 12] as const;
const LEFT_ROW = [13, 14, 15, 16];
const N_INTEGERS = 8;
const COLUMNS = [17, 18];
const OF_LEFT = 19;
const SUMS = [
  [20, 21],
  [22, 23],
  [24, 25],
  [26, 27],
];
const N_VECTORS = 11;

/** The module; it imports the memory that all addresses are of. */
export function productModule(): Uint8Array<ArrayBuffer> {
  return moduleOf({
    parameters: N_PARAMETERS,
    integers: N_INTEGERS,
    vectors: N_VECTORS,
    body: repeat(PANELS, onePanel()),
  });
}

function onePanel(): number[] {
  return [
    ...[...get(TILES), ...set(TILES_LEFT)],
    ...[...get(LEFT), ...set(LEFT_ROW[0] as number)],
    ...[...get(OUT), ...set(OUT_ROW)],
    ...repeat(TILES_LEFT, oneTile()),
    // The last tile has left the row of the right factor at the end of the panel.
    ...[...get(RIGHT_ROW), ...set(RIGHT)],
    ...increase(START, constant(PANEL)),
    ...increase(OUT, constant(PANEL)),
  ];
}

function oneTile(): number[] {
  const [first = 0, ...others] = LEFT_ROW;
  return [
    ...others.flatMap((row, index) => [
      ...get(LEFT_ROW[index] as number),
      ...[...get(LEFT_STRIDE), ...add, ...set(row)],
    ]),
    ...SUMS.flatMap((sums) =>
      sums.flatMap((sum, at) => [
        ...[...get(START), ...loadFour(VECTOR * at)],
        ...set(sum),
      ]),
    ),
    ...[...get(RIGHT), ...set(RIGHT_ROW)],
    ...[...get(DEPTH), ...set(DEPTH_LEFT)],
    ...repeat(DEPTH_LEFT, oneStep()),
    ...SUMS.flatMap(storeRow),
    // The pointers have gone through their rows: the last one is where the next tile
    // begins.
    ...[...get(LEFT_ROW.at(-1) as number), ...set(first)],
  ];
}

/** One number of each row times one row of the panel. */
function oneStep(): number[] {
  return [
    ...COLUMNS.flatMap((column, at) => [
      ...[...get(RIGHT_ROW), ...loadFour(VECTOR * at)],
      ...set(column),
    ]),
    ...increase(RIGHT_ROW, constant(PANEL)),
    ...SUMS.flatMap((sums, row) => [
      ...[...get(LEFT_ROW[row] as number), ...loadSplat, ...set(OF_LEFT)],
      ...increase(LEFT_ROW[row] as number, constant(FLOAT)),
      ...sums.flatMap((sum, at) => [
        ...[...get(sum), ...get(OF_LEFT), ...get(COLUMNS[at] as number)],
        ...[...multiplyFour, ...addFour, ...set(sum)],
      ]),
    ]),
  ];
}

function storeRow(sums: readonly number[]): number[] {
  return [
    ...sums.flatMap((sum, at) => [
      ...[...get(OUT_ROW), ...get(sum), ...storeFour(VECTOR * at)],
    ]),
    ...increase(OUT_ROW, get(OUT_STRIDE)),
  ];
}
