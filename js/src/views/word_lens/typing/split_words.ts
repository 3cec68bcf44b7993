/** The words of a text, divided by commas or lines, each once: blanks at their ends and
 * double ones don't count, as in Python. */
export function splitWords(text: string): string[] {
  const words = text.split(/[,\n]/).map((each) => each.trim().split(/\s+/).join(" "));
  return [...new Set(words.filter(Boolean))];
}

/** Sentences of a text, one a line. */
export function splitLines(text: string): string[] {
  const lines = text.split("\n").map((each) => each.trim().split(/\s+/).join(" "));
  return lines.filter(Boolean);
}
