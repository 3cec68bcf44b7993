/** Every sentence of the pinned heads, in one place. */
export const PIN_WORDS = {
  title: "Pinned heads",
  pin: (head: string) => `Pin ${head}`,
  unpin: (head: string) => `Unpin ${head}`,
  open: (head: string) => `Open ${head} in the large view`,
  picture: (head: string) => `Pinned ${head}: arrow keys read its values`,
  full: (most: number) => `${most} heads are pinned already: unpin one of them first.`,
} as const;
