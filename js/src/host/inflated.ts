import { bytesOf } from "../core/codec";
import type { EmbeddedArray } from "./host_model";

/** An array whose bytes were deflated, and put in base64. */
export async function inflated<Packed extends EmbeddedArray>(
  array: Packed,
): Promise<Packed & { data: ArrayBuffer }> {
  const packed = new Blob([bytesOf(array.data) as Uint8Array<ArrayBuffer>]);
  const stream = packed.stream().pipeThrough(new DecompressionStream("deflate"));
  return { ...array, data: await new Response(stream).arrayBuffer() };
}
