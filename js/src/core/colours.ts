/** Colour tables of 256 entries, perceptually uniform and safe for the colour-blind. */

// matplotlib's magma (CC0), as d3-scale-chromatic 3.1 gives it at i / 255; a test
// compares every entry.
const MAGMA =
  "00000401000501010601010802010902020b02020d03030f03031204041405041606051806051a" +
  "07061c08071e0907200a08220b09240c09260d0a290e0b2b100b2d110c2f120d31130d34140e36" +
  "150e38160f3b180f3d19103f1a10421c10441d11471e114920114b21114e221150241253251255" +
  "27125829115a2a115c2c115f2d11612f116331116533106734106936106b38106c390f6e3b0f70" +
  "3d0f713f0f72400f74420f75440f764510774710784910784a10794c117a4e117b4f127b51127c" +
  "52137c54137d56147d57157e59157e5a167e5c167f5d177f5f187f601880621980641a80651a80" +
  "671b80681c816a1c816b1d816d1d816e1e81701f81721f81732081752181762181782281792282" +
  "7b23827c23827e24828025828125818326818426818627818827818928818b29818c29818e2a81" +
  "902a81912b81932b80942c80962c80982d80992d809b2e7f9c2e7f9e2f7fa02f7fa1307ea3307e" +
  "a5317ea6317da8327daa337dab337cad347cae347bb0357bb2357bb3367ab5367ab73779b83779" +
  "ba3878bc3978bd3977bf3a77c03a76c23b75c43c75c53c74c73d73c83e73ca3e72cc3f71cd4071" +
  "cf4070d0416fd2426fd3436ed5446dd6456cd8456cd9466bdb476adc4869de4968df4a68e04c67" +
  "e24d66e34e65e44f64e55064e75263e85362e95462ea5661eb5760ec5860ed5a5fee5b5eef5d5e" +
  "f05f5ef1605df2625df2645cf3655cf4675cf4695cf56b5cf66c5cf66e5cf7705cf7725cf8745c" +
  "f8765cf9785df9795df97b5dfa7d5efa7f5efa815ffb835ffb8560fb8761fc8961fc8a62fc8c63" +
  "fc8e64fc9065fd9266fd9467fd9668fd9869fd9a6afd9b6bfe9d6cfe9f6dfea16efea36ffea571" +
  "fea772fea973feaa74feac76feae77feb078feb27afeb47bfeb67cfeb77efeb97ffebb81febd82" +
  "febf84fec185fec287fec488fec68afec88cfeca8dfecc8ffecd90fecf92fed194fed395fed597" +
  "fed799fed89afdda9cfddc9efddea0fde0a1fde2a3fde3a5fde5a7fde7a9fde9aafdebacfcecae" +
  "fceeb0fcf0b2fcf2b4fcf4b6fcf6b8fcf7b9fcf9bbfcfbbdfcfdbf";

/** The colours of what has no sign: JupyterLab's settings may put another table into the
 * page, written as magma is. A view keeps the one that it opened with. */
const HEAT = globalThis.document?.documentElement.dataset.vwColours ?? MAGMA;

/** Bytes of a table: 256 x red, green, blue. */
export function heatBytes(): Uint8Array {
  return Uint8Array.from({ length: 768 }, (_, index) =>
    Number.parseInt(HEAT.slice(2 * index, 2 * index + 2), 16),
  );
}

/** Pixels of a table as ImageData wants them, whatever the byte order of the machine.
 *
 * @param opacity 0 to 1, of the colour at a position from 0 to 1 of the table
 */
export function heatPixels(opacity: (position: number) => number): Uint32Array {
  const colours = heatBytes();
  const pixels = new Uint8Array(4 * 256);
  for (let index = 0; index < 256; index++) {
    pixels.set(colours.subarray(3 * index, 3 * index + 3), 4 * index);
    pixels[4 * index + 3] = Math.round(255 * opacity(index / 255));
  }
  return new Uint32Array(pixels.buffer);
}
