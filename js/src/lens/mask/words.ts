/** Every sentence of the mask in any lens, but for those that name what tokens are read
 * as. */
export const MASK_WORDS = {
  panel: "Mask",
  objects: "Known objects, outlined in blue",
  acts: { add: "add to mask", remove: "remove from mask", clear: "clear mask" },
  chart: "How well the mask fits, layer by layer",
  unit: "share of pixels",
  iou: "IoU",
  accuracy: "right",
  figures: (place: string, iou: string, accuracy: string, objects: string) =>
    `${place}: of the pixels in the mask or in ${objects}, ${iou} are in both (IoU, ` +
    `intersection over union). ${accuracy} of all pixels are right.`,
  nothing: (place: string) => `${place}: nothing to compare`,
  waiting: "comparing …",
  absent: "How well this mask fits is not in this page: open it with a kernel.",
  failed: (error: string) => `The mask could not be compared: ${error}`,
  and: (names: readonly string[]) =>
    names.length < 2
      ? names.join("")
      : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`,
} as const;
