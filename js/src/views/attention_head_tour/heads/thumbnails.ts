import { heatPixels } from "../../../core/colours";
import { contextOf, Painter } from "../../../core/painter";
import type { Place } from "../finder/head_table";
import type { Side } from "../side";
import { colouring, type Tour } from "../tour";
import { type BoardLayout, boardSize } from "./board_layout";

type Box = Parameters<Painter["draw"]>[1];

interface Thumbnail {
  place: Place;
  /** Where its patches lie in the painter's map. */
  from: Box;
  /** Where it lies on the canvas. */
  to: Box;
}

/** All thumbnails on one canvas. */
export class Thumbnails {
  readonly #tour: Tour;
  readonly #side: Side;
  readonly #painter: Painter;
  readonly #context: CanvasRenderingContext2D;
  #all: readonly Thumbnail[] = [];
  #seen: readonly Thumbnail[] = [];
  /** What is on the canvas; null where that is nothing, or not what is to be seen. */
  #painted: string | null = null;

  constructor(tour: Tour, side: Side, canvas: HTMLCanvasElement) {
    const { grid } = side.facts;
    const { sizes } = side;
    this.#tour = tour;
    this.#side = side;
    this.#context = contextOf(canvas);
    // All heads in one map, layers down and heads across: a canvas can't be very long.
    this.#painter = new Painter(
      sizes.heads * grid.columns,
      sizes.layers * grid.rows,
      heatPixels(() => 1),
    );
  }

  arrange(layout: BoardLayout): void {
    const { width, height, gap, label } = layout;
    const { columns, rows } = this.#side.facts.grid;
    Object.assign(this.#context.canvas, boardSize(layout));
    this.#all = layout.rows.flatMap((places, down) =>
      places.map((place, across) => ({
        place,
        from: {
          x: place[1] * columns,
          y: place[0] * rows,
          width: columns,
          height: rows,
        },
        to: {
          x: across * (width + gap),
          y: down * (height + label + gap),
          width,
          height,
        },
      })),
    );
  }

  /** Paint no more than what can be seen.
   *
   * @param top where that begins, in pixels of the canvas
   * @param bottom where it ends
   */
  look(top: number, bottom: number): void {
    this.#seen = this.#all.filter(({ to }) => to.y < bottom && to.y + to.height > top);
    this.#painted = null;
  }

  /** Whether there is a picture. */
  get isPainted(): boolean {
    return this.#painted !== null && this.#seen.length > 0;
  }

  /** Paint what is not on the canvas already: while the values of another token are on
   * their way there is nothing to do. */
  paint(): void {
    const { values, facts, reading, sizes } = this.#side;
    const how = colouring(this.#tour);
    const painting = `${reading}, ${how.scale}, ${how.maximum}`;
    if (painting === this.#painted) return;
    this.#painted = painting;
    const stride = sizes.heads * facts.grid.columns;
    const here = this.#seen.filter(({ place }) => values.isPresent(place[0]));
    for (const { place, from } of here) {
      const [layer, head] = place;
      const at = from.y * stride + from.x;
      values.colour(layer, head, how, this.#painter.indices, at, stride);
    }
    this.#painter.commit();
    const { canvas } = this.#context;
    this.#context.clearRect(0, 0, canvas.width, canvas.height);
    for (const { from, to } of here) this.#painter.draw(this.#context, from, to);
  }
}
