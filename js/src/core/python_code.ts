import { sameJson } from "./json_values";

/** Which settings code names: always, and when they differ from these. */
interface CodeRules {
  always: readonly string[];
  changed: Readonly<Record<string, unknown>>;
}

/** Python that opens a state, as `Shareable.code` writes it: numbers, words and lists of
 * them are alike in both languages. */
export function pythonCode(
  [before, after]: readonly [string, string],
  state: Readonly<Record<string, unknown>>,
  { always, changed }: CodeRules,
): string {
  const isSaid = (name: string) =>
    always.includes(name) ||
    (Object.hasOwn(changed, name) && !sameJson(state[name], changed[name]));
  const lines = Object.keys(state)
    .filter(isSaid)
    .sort()
    .map((name) => `    ${name}=${literal(state[name])},\n`);
  return before + lines.join("") + after;
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  return JSON.stringify(value);
}
