/** Python that opens a state, as `Shareable.code` writes it: numbers and words are alike
 * in both languages. */
export function pythonCode(
  [before, after]: readonly [string, string],
  state: Readonly<Record<string, unknown>>,
): string {
  const lines = Object.keys(state)
    .sort()
    .map((name) => `    ${name}=${JSON.stringify(state[name])},\n`);
  return before + lines.join("") + after;
}
