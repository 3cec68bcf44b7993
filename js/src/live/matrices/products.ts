import { WORDS } from "../words";
import type { Matrix } from "./matrix";
import {
  PANEL_COLUMNS,
  productModule,
  type RunProduct,
  TILE_ROWS,
} from "./wasm/product_code";

const FLOAT = 4;
const MEMORY_PAGE = 65_536;

/** A right factor in the memory of WebAssembly: addresses in floats. */
export interface Factor {
  depth: number;
  columns: number;
  /** Its panels of eight columns, each row by row; the last is filled up with zeros. */
  panels: number;
  /** What is added to each row of a product, as long as the panels are wide. */
  bias: number;
}

/** Multiplies matrices; right factors that are used again and again are kept.
 *
 * A row of a product depends on that row of the left factor alone, bit for bit, however
 * many rows there are.
 */
export class Products {
  readonly #memory: WebAssembly.Memory;
  readonly #run: RunProduct;
  #floats: Float32Array;
  /** Where the kept factors end. */
  #kept = 0;

  /** @throws Error where the browser doesn't run vector instructions of WebAssembly */
  constructor() {
    try {
      this.#memory = new WebAssembly.Memory({ initial: 1 });
      const env = { memory: this.#memory };
      const module = new WebAssembly.Module(productModule());
      this.#run = new WebAssembly.Instance(module, { env }).exports.run as RunProduct;
    } catch (error) {
      throw new Error(WORDS.noVectors(String(error)));
    }
    this.#floats = new Float32Array(this.#memory.buffer);
  }

  /** Keep a right factor, and what is added to each row of its products. */
  keep(right: Matrix, bias: Float32Array): Factor {
    const factor = this.#place(right, bias, this.#kept);
    this.#kept = factor.bias + paddedColumns(right.columns);
    return factor;
  }

  /** The left matrix times a kept one, row by row. */
  timesKept(left: Matrix, right: Factor): Float32Array {
    return this.#product(left, right, this.#kept);
  }

  /** The product of two matrices, row by row. */
  times(left: Matrix, right: Matrix): Float32Array {
    const factor = this.#place(right, null, this.#kept);
    const free = factor.bias + paddedColumns(right.columns);
    return this.#product(left, factor, free);
  }

  #place(right: Matrix, bias: Float32Array | null, at: number): Factor {
    const { rows: depth, columns } = right;
    const width = paddedColumns(columns);
    const factor = { depth, columns, panels: at, bias: at + depth * width };
    const floats = this.#floatsUpTo(factor.bias + width);
    floats.fill(0, at, factor.bias + width);
    for (let column = 0; column < columns; column++) {
      const inPanel = column % PANEL_COLUMNS;
      let to = at + (column - inPanel) * depth + inPanel;
      let from = right.start + column * right.across;
      for (let row = 0; row < depth; row++) {
        floats[to] = right.values[from] as number;
        to += PANEL_COLUMNS;
        from += right.down;
      }
    }
    if (bias) floats.set(bias, factor.bias);
    return factor;
  }

  #product(left: Matrix, right: Factor, free: number): Float32Array {
    const { depth, columns } = right;
    const width = paddedColumns(columns);
    const tiles = Math.ceil(left.rows / TILE_ROWS);
    const out = free + tiles * TILE_ROWS * depth;
    const floats = this.#floatsUpTo(out + tiles * TILE_ROWS * width);
    copyRows(left, floats, free);
    // Rows that fill up the last tile may hold anything: nobody reads their products.
    this.#run(
      FLOAT * free,
      FLOAT * depth,
      FLOAT * right.panels,
      FLOAT * right.bias,
      FLOAT * out,
      FLOAT * width,
      tiles,
      depth,
      width / PANEL_COLUMNS,
    );
    const product = new Float32Array(left.rows * columns);
    for (let row = 0; row < left.rows; row++) {
      const from = out + row * width;
      product.set(floats.subarray(from, from + columns), row * columns);
    }
    return product;
  }

  #floatsUpTo(end: number): Float32Array {
    const missing = FLOAT * end - this.#memory.buffer.byteLength;
    if (missing > 0) {
      this.#memory.grow(Math.ceil(missing / MEMORY_PAGE));
      this.#floats = new Float32Array(this.#memory.buffer);
    }
    return this.#floats;
  }
}

function paddedColumns(columns: number): number {
  return PANEL_COLUMNS * Math.ceil(columns / PANEL_COLUMNS);
}

function copyRows(matrix: Matrix, to: Float32Array, at: number): void {
  const { values, start, rows, columns, down, across } = matrix;
  for (let row = 0; row < rows; row++) {
    const from = start + row * down;
    const target = at + row * columns;
    if (across === 1) {
      to.set(values.subarray(from, from + columns), target);
    } else {
      for (let column = 0; column < columns; column++) {
        to[target + column] = values[from + column * across] as number;
      }
    }
  }
}
