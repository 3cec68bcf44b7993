/** Every sentence of the matrix, in one place. */
export const MATRIX_WORDS = {
  label:
    "Matrix of all tokens: arrow keys read its values, Shift and arrow keys move it, " +
    "plus and minus zoom, Enter keeps the token",
  large: "Large view",
  faces: { picture: "Picture", matrix: "All tokens" },
  axes: "Down: who looks. Across: what they look at.",
  zoom: "Zoom",
  closer: "Zoom in",
  wider: "Zoom out",
  whole: "Show all",
  fetching: (head: string) => `fetching ${head} …`,
  notFetched: (head: string, error: string) =>
    `The matrix of ${head} could not be fetched: ${error}`,
  absent: (head: string) => `the matrix of ${head} is not in this page`,
  missing: (head: string) => `${head} had not come when the kernel went`,
  cell: (query: string, key: string, value: string) => `${query} → ${key}: ${value}`,
} as const;
