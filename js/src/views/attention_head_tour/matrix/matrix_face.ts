import type { Range } from "../../../core/colour_scale";
import { element, setText } from "../../../core/dom";
import { shortNumber, withError } from "../../../core/numbers";
import { ColourBar } from "../../../core/picture/colour_bar";
import { ExactValues } from "../picture/exact_values";
import type { Side } from "../side";
import type { Tour } from "../tour";
import { WORDS } from "../words";
import { HeadLoader } from "./head_loader";
import type { HeadMatrix } from "./head_matrix";
import { Matrix } from "./matrix";
import type { Cell } from "./matrix_gestures";
import { MATRIX_WORDS } from "./matrix_words";

/** The large view's second face: all tokens of one head at once. Pointing at a cell
 * chooses its token, as pointing at a patch of the picture does. */
export class MatrixFace {
  readonly root: HTMLElement;
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #matrix: Matrix;
  readonly #loader: HeadLoader;
  readonly #exact: ExactValues;
  readonly #bar = new ColourBar();
  readonly #loading = element("div", { class: "vw-loading", hidden: "" });
  readonly #readout = element("p", { class: "vw-caption vw-readout" });
  /** The cell that is pointed at in this matrix. */
  #pointed: Cell | null = null;
  /** What is painted. */
  #painted: { matrix: HeadMatrix | null; scale: string } = { matrix: null, scale: "" };
  #range: Range = { low: 0, high: 0 };

  constructor(tour: Tour, side: Side) {
    this.#tour = tour;
    this.#side = side;
    this.#loader = new HeadLoader(tour, side);
    this.#exact = new ExactValues(tour, side, () => tour.invalidate("pointed"));
    this.#matrix = new Matrix(tour.scope, side.facts.grid, {
      point: (cell) => this.#point(cell, tour.kept),
      walk: (cell) => this.#point(cell, false),
      keep: (cell) => this.#keep(cell),
    });
    this.#matrix.overlay(this.#loading);
    this.root = element("div", {}, [this.#matrix.root, this.#bar.root, this.#readout]);
  }

  update(): void {
    const { place } = this.#side;
    const matrix = place && this.#loader.matrix(place);
    this.#paint(matrix);
    const cell = this.#cell();
    const direction = this.#tour.settings.get("direction");
    const shown = this.#side.tokens ?? [];
    this.#matrix.mark({ direction, shown, read: this.#reads ? cell : null });
    if (cell) this.#matrix.cell = cell;
    const missing = place ? this.#loader.missing(place) : "";
    this.#loading.hidden = !missing;
    setText(this.#loading, missing ?? "");
    this.#read(matrix, cell);
  }

  #paint(matrix: HeadMatrix | null): void {
    const scale = this.#tour.settings.get("scale");
    if (this.#painted.matrix === matrix && this.#painted.scale === scale) return;
    if (matrix && this.#painted.matrix !== matrix) {
      this.#range = matrix.range(this.#side.facts.grid.prefix);
    }
    this.#painted = { matrix, scale };
    this.#matrix.show(matrix, this.#range, scale);
    this.#bar.update(this.#range, scale);
  }

  #read(matrix: HeadMatrix | null, cell: Cell | null): void {
    const { place } = this.#side;
    if (!matrix || !cell || !place) {
      setText(this.#readout, "…");
      return;
    }
    const { grid } = this.#side.facts;
    const [layer, head] = place;
    const exact = this.#exact.read({ layer, head, ...cell }, this.#reads);
    const { value, error } = matrix.cell(cell.query, cell.key);
    const number = exact === null ? withError(value, error) : shortNumber(exact, 4);
    const [from, to] = [grid.name(cell.query), grid.name(cell.key)];
    const text = MATRIX_WORDS.cell(from, to, number);
    setText(this.#readout, this.#reads ? text : WORDS.strongest(text));
    this.#matrix.speak(text);
  }

  /** Something is pointed at, here or in another picture. */
  get #reads(): boolean {
    return this.#pointed !== null || this.#tour.pointed.on(this.#side) !== null;
  }

  /** The cell that is read: the one under the pointer, else that of the token on show and
   * the token pointed at elsewhere, else its strongest. */
  #cell(): Cell | null {
    if (this.#pointed) return this.#pointed;
    const { place, tokens, values } = this.#side;
    const [token] = tokens ?? [];
    if (!place || token === undefined) return null;
    const other = this.#tour.pointed.on(this.#side) ?? values.strongest(...place);
    return this.#byRow ? { query: token, key: other } : { query: other, key: token };
  }

  get #byRow(): boolean {
    return this.#tour.settings.get("direction") === "row";
  }

  #point(cell: Cell | null, kept: boolean): void {
    this.#pointed = cell;
    const { settings, pointed } = this.#tour;
    if (cell && !kept) {
      const query = this.#side.firstToken(this.#byRow ? cell.query : cell.key);
      if (query !== null) {
        settings.set("region", []);
        settings.set("query", query);
      }
    }
    pointed.set(this.#side, cell && (this.#byRow ? cell.key : cell.query));
    this.#tour.invalidate("pointed");
  }

  #keep(cell: Cell): void {
    const token = this.#byRow ? cell.query : cell.key;
    const query = this.#side.firstToken(token);
    if (this.#tour.kept && this.#side.tokens?.includes(token)) this.#tour.keep(null);
    else if (query !== null) this.#tour.keep({ query, region: [] });
  }
}
