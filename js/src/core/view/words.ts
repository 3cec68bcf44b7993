/** Every sentence that all views share, in one place. */
export const VIEW_WORDS = {
  undoAndRedo: "Undo and redo",
  undo: { name: "Undo", label: "↶ Undo", none: "Nothing to undo", done: "Undone" },
  redo: { name: "Redo", label: "↷ Redo", none: "Nothing to redo", done: "Redone" },
  notPossible: (name: string, why: string) => `${name} is not possible: ${why}`,
  change: "switch",
  help: "Help",
  copy: "Copy as Python",
  copied: "Copied",
  copyByHand: "The clipboard can't be reached: copy this by hand (Escape closes it).",
  waiting: "waiting for the kernel",
  waitingWhile: (what: string) => `waiting for the kernel: ${what}`,
  silent: "no answer for 30 s: if the kernel is idle, run the cell again",
  detached: "detached: run the cell again",
} as const;
