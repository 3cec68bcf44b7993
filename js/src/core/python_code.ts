import { sameJson } from "./json_values";

/** Which settings code names: always, and when they differ from these. */
interface CodeRules {
  always: readonly string[];
  changed: Readonly<Record<string, unknown>>;
}

/** Python that opens a state, as `Shareable.code` writes it: numbers, words, lists
 * and records of them are alike in both languages. */
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

/** A value as Python: of several records, each stands on its own line. */
function literal(value: unknown): string {
  if (Array.isArray(value)) {
    const items = value.map(literal);
    if (!value.some(isRecord)) return `[${items.join(", ")}]`;
    return `[\n${items.map((item) => `        ${item},\n`).join("")}    ]`;
  }
  if (!isRecord(value)) return JSON.stringify(value);
  const fields = Object.entries(value);
  const written = fields.map(([name, field]) => `${literal(name)}: ${literal(field)}`);
  return `{${written.join(", ")}}`;
}

function isRecord(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
