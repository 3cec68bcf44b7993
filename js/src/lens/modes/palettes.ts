import { bytesOfOklch } from "./oklch";

/** Neighbours in the golden angle are far apart, however many colours there are. */
const GOLDEN_ANGLE = 137.50776;
/** Turns of the hue after which colours would come close differ in lightness. */
const LIGHTNESSES = [0.72, 0.55, 0.84] as const;

/** A table of distinct colours, for things without an order. */
export function distinctPixels(): Uint32Array {
  return pixelsOf((number) => {
    const lightness = LIGHTNESSES[Math.floor(number / 8) % LIGHTNESSES.length] ?? 0.72;
    return bytesOfOklch(lightness, 0.15, 25 + GOLDEN_ANGLE * number);
  });
}

/** What is outside a mask is dark, what is inside is light. */
export function maskPixels(): Uint32Array {
  return pixelsOf((number) => (number === 0 ? [20, 20, 28] : [255, 214, 64]));
}

/** The same colours, seen through.
 *
 * @param opacity 0 to 1, of each colour number
 */
export function seenThrough(
  table: Uint32Array,
  opacity: (number: number) => number,
): Uint32Array {
  const pixels = table.slice();
  const bytes = new Uint8Array(pixels.buffer);
  for (let number = 0; number < pixels.length; number++) {
    bytes[4 * number + 3] = Math.round(255 * opacity(number));
  }
  return pixels;
}

/** A colour of a table as CSS says it. */
export function cssColour(table: Uint32Array, number: number): string {
  const bytes = new Uint8Array(table.buffer, table.byteOffset + 4 * number, 3);
  return `rgb(${bytes.join(", ")})`;
}

function pixelsOf(
  colour: (number: number) => readonly [number, number, number],
): Uint32Array {
  const bytes = new Uint8Array(4 * 256);
  for (let number = 0; number < 256; number++) {
    bytes.set([...colour(number), 255], 4 * number);
  }
  return new Uint32Array(bytes.buffer);
}
