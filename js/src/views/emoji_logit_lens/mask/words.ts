/** Every sentence of the mask, in one place. */
export const MASK_WORDS = {
  panel: "Mask",
  explanation:
    "Patches are marked whose likeliest class at this layer is one of these:",
  none: "No class yet: add some below, or click classes in the legend.",
  add: "Add a class or a kind",
  hint: "Name, number or kind",
  kinds: "All of a kind",
  several: "A kind and classes fit: choose one.",
  kind: (name: string, count: number) =>
    `${name}: ${count === 1 ? "1 class" : `all ${count} classes`}`,
  remove: (name: string) => `Remove ${name}`,
  clear: "Remove all",
  objects: "Known objects, outlined in blue",
  noClass: "No class of the model is called so",
  acts: { add: "add to mask", remove: "remove from mask", clear: "clear mask" },
  chart: "How well the mask fits, layer by layer",
  unit: "share of pixels",
  iou: "IoU",
  accuracy: "right",
  figures: (place: string, iou: string, accuracy: string, objects: string) =>
    `${place}: of the pixels in the mask or in ${objects}, ${iou} are in both (IoU, ` +
    `intersection over union). ${accuracy} of all pixels are right.`,
  nothing: (place: string) => `${place}: nothing to compare`,
  noObject:
    "None of these classes is a known object: add one to see how well the mask fits.",
  waiting: "comparing …",
  absent: "How well this mask fits is not in this page: open it with a kernel.",
  failed: (error: string) => `The mask could not be compared: ${error}`,
  and: (names: readonly string[]) =>
    names.length < 2
      ? names.join("")
      : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`,
} as const;
