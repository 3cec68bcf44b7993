/** Every sentence about undoing, in one place. */
export const UNDO_WORDS = {
  group: "Undo and redo",
  undo: { label: "↶ Undo", none: "Nothing to undo", done: "Undone" },
  redo: { label: "↷ Redo", none: "Nothing to redo", done: "Redone" },
  names: { undo: "Undo", redo: "Redo" },
  failed: (name: string, reason: string) => `${name} is not possible: ${reason}`,
} as const;
