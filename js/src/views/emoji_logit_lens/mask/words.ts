/** Every sentence of the box in which the mask's classes are chosen, in one place. */
export const CHOOSING_WORDS = {
  add: "Add a class or a kind",
  hint: "Name, number or kind",
  kinds: "All of a kind",
  several: "A kind and classes fit: choose one.",
  kind: (name: string, count: number) =>
    `${name}: ${count === 1 ? "1 class" : `all ${count} classes`}`,
  remove: (name: string) => `Remove ${name}`,
  clear: "Remove all",
} as const;
