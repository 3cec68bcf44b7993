/** Arrays on the wire: bytes with dtype and shape beside them, in whatever form a host
 * delivers the bytes (JupyterLab and marimo: DataView; Shiny: ArrayBuffer; a saved page:
 * base64). */

export type DType = "uint8" | "uint16" | "float32";
export type WireBytes = ArrayBuffer | ArrayBufferView | string;
export type Values<D extends DType> = {
  uint8: Uint8Array;
  uint16: Uint16Array;
  float32: Float32Array;
}[D];

export interface WireArray<D extends DType = DType> {
  dtype: D;
  shape: number[];
  data: WireBytes;
}

export interface ArrayListing {
  name: string;
  dtype: DType;
  shape: number[];
}

export interface NamedArray extends ArrayListing {
  values: Values<DType>;
}

const ITEM_BYTES = { uint8: 1, uint16: 2, float32: 4 } as const;

/** The bytes themselves, of a slice only the slice. */
export function bytesOf(data: WireBytes): Uint8Array {
  if (typeof data === "string") {
    const text = atob(data);
    const bytes = new Uint8Array(text.length);
    // Twenty times as fast as Uint8Array.from, and a saved page may hold megabytes.
    for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
    return bytes;
  }
  if (ArrayBuffer.isView(data)) {
    return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  }
  return new Uint8Array(data);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

function viewAs(dtype: DType, bytes: Uint8Array): Values<DType> {
  if (dtype === "uint8") return bytes;
  const size = ITEM_BYTES[dtype];
  const { buffer, byteOffset } = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  const length = bytes.byteLength / size;
  return dtype === "uint16"
    ? new Uint16Array(buffer, byteOffset, length)
    : new Float32Array(buffer, byteOffset, length);
}

/** The numbers of an array from the wire; `name` is for the error. */
export function decode<D extends DType>(name: string, wire: WireArray<D>): Values<D> {
  if (!(wire.dtype in ITEM_BYTES)) {
    throw new Error(
      `${name}: dtype ${wire.dtype} is not one of uint8, uint16, float32`,
    );
  }
  const bytes = bytesOf(wire.data);
  const expected = sizeOf(wire.shape) * ITEM_BYTES[wire.dtype];
  if (bytes.byteLength !== expected) {
    throw new Error(
      `${name}: ${bytes.byteLength} bytes came, but shape [${wire.shape.join(", ")}] ` +
        `of ${wire.dtype} takes ${expected}`,
    );
  }
  return viewAs(wire.dtype, bytes) as Values<D>;
}

/** One array's bytes out of the pieces it travelled in. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1 && pieces[0]) return pieces[0];
  const joined = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

/** Cut the bytes of a reply into the arrays that its listing names, in order. */
export function splitArrays(
  listing: readonly ArrayListing[],
  bytes: Uint8Array,
): NamedArray[] {
  let offset = 0;
  const arrays = listing.map(({ name, dtype, shape }) => {
    const end = offset + sizeOf(shape) * ITEM_BYTES[dtype];
    const data = bytes.subarray(offset, end);
    offset = end;
    return { name, dtype, shape, values: decode(name, { dtype, shape, data }) };
  });
  if (offset !== bytes.length) {
    throw new Error(`${bytes.length} bytes came for arrays that take ${offset}`);
  }
  return arrays;
}
