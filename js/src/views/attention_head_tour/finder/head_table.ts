import type { Sizes } from "../../../core/attention";
import type { Answer } from "../../../core/requests";

/** Layer and head. */
export type Place = readonly [number, number];

/** Something that was measured of every head. */
export interface Column {
  name: string;
  title: string;
  help: string;
}

/** What kind a head is of; the evidence and the runner-up as Python words them:
 * "corner 0.83". */
export interface HeadKind {
  type: string;
  evidence: string;
  runnerUp: string;
}

const MARGIN = "_ci95";

/** Changes that matter most where they are lowest. */
const LOSSES: readonly string[] = ["logit_change", "accuracy_change"];

/** What was measured of the heads: numbers by column, and types. */
export class HeadTable {
  readonly sizes: Sizes;
  readonly columns: readonly Column[];
  /** Over what it was measured: "256 scenes". */
  readonly over: string;
  /** [column, layer, head] */
  readonly #values: Float32Array;
  readonly #kinds: readonly (readonly HeadKind[])[];

  constructor(
    sizes: Sizes,
    columns: readonly Column[],
    values: Float32Array,
    kinds: readonly (readonly HeadKind[])[],
    over: string,
  ) {
    const { layers, heads } = sizes;
    if (values.length !== columns.length * layers * heads) {
      throw new Error(
        `${values.length} measured numbers came where ${columns.length} columns of ` +
          `${layers} x ${heads} heads belong`,
      );
    }
    if (kinds.length !== layers || kinds.some((row) => row.length !== heads)) {
      throw new Error(
        `the types that came are not those of ${layers} x ${heads} heads`,
      );
    }
    this.sizes = sizes;
    this.columns = columns;
    this.over = over;
    this.#values = values;
    this.#kinds = kinds;
  }

  /** Columns to search and sort by: without those that are another one's margin. */
  get ranked(): readonly Column[] {
    return this.columns.filter(({ name }) => !name.endsWith(MARGIN));
  }

  /** NaN where there is no value, or no such column. */
  value(name: string, [layer, head]: Place): number {
    const column = this.columns.findIndex((each) => each.name === name);
    if (column < 0) return Number.NaN;
    const { layers, heads } = this.sizes;
    return this.#values[(column * layers + layer) * heads + head] ?? Number.NaN;
  }

  /** Half of the 95 % interval of a value; NaN where there is none. */
  margin(name: string, place: Place): number {
    return this.value(name + MARGIN, place);
  }

  kind([layer, head]: Place): HeadKind | undefined {
    return this.#kinds[layer]?.[head];
  }

  /** The types that occur, the most frequent first, and how many heads are of each. */
  get types(): [type: string, count: number][] {
    const counts = new Map<string, number>();
    for (const { type } of this.#kinds.flat()) {
      const name = baseOf(type);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts].sort(([, few], [, many]) => many - few);
  }

  /** Heads from the highest value to the lowest, those without one last; equal ones stay
   * in their order. What is lost without a head comes first: it is the lowest change. */
  sorted(places: readonly Place[], column: string): Place[] {
    const sign = LOSSES.includes(column) ? -1 : 1;
    const valued = places.map(
      (place) => [place, sign * this.value(column, place)] as const,
    );
    valued.sort(([, one], [, other]) => rank(other) - rank(one));
    return valued.map(([place]) => place);
  }
}

/** Every head, layer by layer. */
export function allPlaces({ layers, heads }: Sizes): Place[] {
  return Array.from({ length: layers * heads }, (_, index) => [
    Math.floor(index / heads),
    index % heads,
  ]);
}

/** A type without its direction: "offset" for "offset (0,-1)". */
export function baseOf(type: string): string {
  return type.replace(/ \(.*$/, "");
}

/** The table that an answer holds, or an error that says what is wrong with it; null for
 * an answer without any (that of a saved page). */
export function tableFrom({ result, arrays }: Answer, sizes: Sizes): HeadTable | null {
  const { columns, types, over } = result as {
    columns?: Column[];
    types?: { type: string; evidence: string; runner_up: string }[][];
    over?: string;
  };
  const values = arrays.find(({ name }) => name === "values")?.values;
  if (!columns) return null;
  if (!types || !(values instanceof Float32Array)) {
    throw new Error("an answer came without types and values (float32)");
  }
  const kinds = types.map((row) =>
    row.map(({ type, evidence, runner_up }) => ({
      type,
      evidence,
      runnerUp: runner_up,
    })),
  );
  return new HeadTable(sizes, columns, values, kinds, over ?? "");
}

// Not -Infinity: a difference of two of them would be NaN.
function rank(value: number): number {
  return Number.isNaN(value) ? -Number.MAX_VALUE : value;
}
