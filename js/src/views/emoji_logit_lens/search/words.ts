/** Every sentence of the class search, in one place. */
export const SEARCH_WORDS = {
  panel: "Class search",
  target: "Class",
  versus: "Compared with",
  swap: "⇄ Swap",
  swapTitle: "Swap the two classes",
  clear: { target: "Clear the class", versus: "Clear the comparison" },
  acts: {
    target: "choose class",
    versus: "compare with",
    swap: "swap classes",
    clear: "clear",
  },
  needsTarget: "Choose a class first, then what it is compared with.",
} as const;
