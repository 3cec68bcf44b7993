import { decode, type WireArray } from "../codec";
import { PatchGrid } from "../grid";

/** What a model saw: red, green, blue of each pixel. */
export interface Picture {
  rows: number;
  columns: number;
  values: Uint8Array;
}

/** A picture and the tokens that a model made of it. */
export interface Pictured {
  grid: PatchGrid;
  picture: Picture;
}

/** Read a picture and its tokens from what Python says.
 *
 * @throws when patches and prefix tokens are not all tokens
 */
export function readPictured(said: {
  grid: [number, number];
  prefix_tokens: string[];
  n_tokens: number;
  picture: WireArray<"uint8">;
}): Pictured {
  const [rows, columns] = said.grid;
  const grid = new PatchGrid(rows, columns, said.prefix_tokens);
  if (grid.tokens !== said.n_tokens) {
    throw new Error(
      `n_tokens is ${said.n_tokens}, but ${grid.prefix} prefix tokens and ` +
        `${rows} x ${columns} patches make ${grid.tokens}`,
    );
  }
  const [pictureRows = 0, pictureColumns = 0] = said.picture.shape;
  const values = decode("picture", said.picture);
  return { grid, picture: { rows: pictureRows, columns: pictureColumns, values } };
}
