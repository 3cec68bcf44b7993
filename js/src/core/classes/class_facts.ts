/** What is known of a model's classes, by number. */
export interface ClassFacts {
  names: readonly string[];
  /** All names of each, divided by commas. */
  descriptions: readonly string[];
  /** An emoji for each. */
  emoji: readonly string[];
}

/** Names of the state that classes are read from. */
export const CLASS_NAMES = [
  "class_names",
  "class_descriptions",
  "class_emoji",
] as const;

/** Read them from what Python says. */
export function readClasses(said: {
  class_names: string[];
  class_descriptions: string[];
  class_emoji: string[];
}): ClassFacts {
  return {
    names: said.class_names,
    descriptions: said.class_descriptions,
    emoji: said.class_emoji,
  };
}

/** The name of a class; none below 0, which stands for no class. */
export function className({ names }: Pick<ClassFacts, "names">, index: number): string {
  return names[index] ?? "";
}

/** The emoji of a class; one that Python knows no emoji of has none. */
export function classEmoji(
  { emoji }: Pick<ClassFacts, "emoji">,
  index: number,
): string {
  return emoji[index] ?? "";
}
