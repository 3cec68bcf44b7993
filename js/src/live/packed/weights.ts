import { bytesOf } from "../../core/codec";
import type { LiveConfig } from "../config";
import { WORDS } from "../words";
import { fromHalf } from "./half";

/** A model as it lies in a page. */
export interface PackedModel {
  config: LiveConfig;
  arrays: { name: string; dtype: "float16" | "float32"; shape: number[] }[];
  /** The numbers of all arrays, one after the other, deflated, in base64. */
  data: string;
}

/** The arrays of a model by name. */
export class Weights {
  readonly #arrays: ReadonlyMap<string, { shape: number[]; values: Float32Array }>;

  private constructor(
    arrays: ReadonlyMap<string, { shape: number[]; values: Float32Array }>,
  ) {
    this.#arrays = arrays;
  }

  static async unpack({ arrays, data }: PackedModel): Promise<Weights> {
    const bytes = await inflate(bytesOf(data));
    const found = new Map<string, { shape: number[]; values: Float32Array }>();
    let offset = 0;
    for (const { name, dtype, shape } of arrays) {
      const size = shape.reduce((product, extent) => product * extent, 1);
      const end = offset + size * (dtype === "float16" ? 2 : 4);
      if (end > bytes.byteLength) throw new Error(WORDS.cut(end, bytes.byteLength));
      const part = bytes.slice(offset, end);
      const values =
        dtype === "float16" ? fromHalf(new Uint16Array(part)) : new Float32Array(part);
      found.set(name, { shape, values });
      offset = end;
    }
    if (offset !== bytes.byteLength) {
      throw new Error(WORDS.cut(offset, bytes.byteLength));
    }
    return new Weights(found);
  }

  /** The numbers of one array, which must be of this shape. */
  get(name: string, ...shape: number[]): Float32Array {
    const found = this.#arrays.get(name);
    if (!found) throw new Error(WORDS.missing(name));
    const [wanted, came] = [shape.join(", "), found.shape.join(", ")];
    if (wanted !== came) throw new Error(WORDS.misfit(name, wanted, came));
    return found.values;
  }
}

async function inflate(packed: Uint8Array): Promise<ArrayBuffer> {
  const blob = new Blob([packed as Uint8Array<ArrayBuffer>]);
  const stream = blob.stream().pipeThrough(new DecompressionStream("deflate"));
  try {
    return await new Response(stream).arrayBuffer();
  } catch (error) {
    throw new Error(WORDS.notUnpacked(String(error)));
  }
}
