/** Numbers of an array as a matrix: element (row, column) is
 * `values[start + row * down + column * across]`. */
export interface Matrix {
  values: Float32Array;
  start: number;
  rows: number;
  columns: number;
  down: number;
  across: number;
}

/** An array that holds a matrix row by row. */
export function matrixOf(values: Float32Array, rows: number, columns: number): Matrix {
  return { values, start: 0, rows, columns, down: columns, across: 1 };
}

/** Some neighbouring columns. */
export function columnsOf(matrix: Matrix, first: number, count: number): Matrix {
  const start = matrix.start + first * matrix.across;
  return { ...matrix, start, columns: count };
}

export function transposed(matrix: Matrix): Matrix {
  const { rows, columns, down, across } = matrix;
  return { ...matrix, rows: columns, columns: rows, down: across, across: down };
}
