/** Every sentence of the overview, in one place. */
export const OVERVIEW_WORDS = {
  title: "All layers and tokens",
  label:
    "All layers and tokens: up and down choose the layer, left and right the token",
  size: "Cells",
  sizes: { all: "All at once", large: "Large" },
  choose: "choose",
  hint: "Layers run down, tokens across. Click to choose both.",
  cell: (
    layer: string,
    token: string,
    name: string,
    probability: string,
    value: string,
  ) => `${token} at ${layer}: ${name}, ${probability}${value}`,
  row: (row: number) => `row ${row}`,
} as const;
