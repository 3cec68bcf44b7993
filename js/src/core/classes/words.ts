/** Every sentence of a box in which a class is looked for, in one place. */
export const CLASS_WORDS = {
  hint: "Name, number or emoji",
  fits: "Fits by whole words",
  begins: (text: string) => `Has a word that begins with “${text}”`,
  likely: "The model's answer for this picture",
  inPage: "Classes that this page holds",
  none: (text: string) => `No class is called “${text}”.`,
  onlyBeginnings: (text: string) =>
    `No class is called “${text}”: choose one that begins so, or go on typing.`,
  several: (count: number, text: string) =>
    `${count} classes fit “${text}”: choose one, or type more of its name.`,
  more: (count: number) => `${count} more are not listed: type more of the name.`,
  absent: (names: string) =>
    `Not in this page (open it with a kernel to see it): ${names}`,
  andMore: (names: string, count: number) => `${names} and ${count} more`,
} as const;
