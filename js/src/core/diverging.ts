import { colourIndex } from "./colour_scale";

/** Below and above zero, told apart by the colour-blind and on light and dark ground;
 * theme.css has the same two. */
const AGAINST = [47, 126, 199] as const;
const FOR = [217, 95, 14] as const;

/** Between them, where a table hides what is beneath. */
const MIDDLE = 247;

/** Over a picture, the strongest value leaves this much of it to be seen. */
const MOST = 0.92;

/** 256 pixels from the strongest value against, over nothing in the middle, to the
 * strongest one for. */
export function divergingPixels(): Uint32Array {
  return pixelsOf((colour, strength) => [...colour, Math.round(255 * MOST * strength)]);
}

/** The same colours, over nearly white in the middle: nothing shines through. */
export function divergingOpaque(): Uint32Array {
  return pixelsOf((colour, strength) => [
    ...colour.map((end) => Math.round(MIDDLE + strength * (end - MIDDLE))),
    255,
  ]);
}

/** The number of a value's colour, where -most and most have the strongest. */
export function divergingIndex(value: number, most: number): number {
  // Without any strength all values are 0: the middle.
  return most > 0 ? colourIndex(value, { low: -most, high: most }, "linear") : 128;
}

/** The value that is largest without its sign. */
export function strongest(values: Iterable<number>): number {
  let most = 0;
  for (const value of values) most = Math.max(most, Math.abs(value) || 0);
  return most;
}

/** A background for a value: the strongest colours at -most and most, none at 0. */
export function background(value: number, most: number): string {
  const share = most > 0 ? Math.min(1, Math.abs(value) / most) : 0;
  return `rgba(${(value < 0 ? AGAINST : FOR).join()},${share.toFixed(3)})`;
}

/** @param pixel four bytes, of an end's colour and how near that end is, 0 to 1 */
function pixelsOf(
  pixel: (colour: readonly number[], strength: number) => readonly number[],
): Uint32Array {
  const bytes = new Uint8Array(4 * 256);
  for (let index = 0; index < 256; index++) {
    const side = (index - 127.5) / 127.5;
    bytes.set(pixel(side < 0 ? AGAINST : FOR, Math.abs(side)), 4 * index);
  }
  return new Uint32Array(bytes.buffer);
}
