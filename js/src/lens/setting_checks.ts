import { className } from "../core/classes/class_facts";
import { checkHistory } from "../core/history";
import type { LensFacts } from "./facts";
import type { LensWritable } from "./lens";

/** Throw when a setting (from Python, or linked from another view) can't be shown.
 *
 * @param classes how many there are
 */
export function checkSetting(
  facts: LensFacts,
  name: LensWritable,
  value: unknown,
  classes = facts.classes.names.length,
): void {
  const choices: Partial<Record<LensWritable, readonly string[]>> = {
    mode: facts.modes,
    heat: ["logit", "probability", "rank"],
    lens: facts.lenses,
    norm: facts.norms,
  };
  const offered = choices[name];
  if (offered && !offered.includes(value as string)) {
    throw new Error(`${name} is ${offered.join(" or ")} here, not ${String(value)}`);
  }
  const ranges: Partial<Record<LensWritable, readonly [number, number]>> = {
    layer: [-1, facts.layers - 1],
    token: [0, facts.sizes.tokens - 1],
    target: [-1, classes - 1],
    versus: [-1, classes - 1],
  };
  const range = ranges[name];
  if (range && !isWhole(value, ...range)) {
    const [low, high] = range;
    throw new Error(
      `${name} ${String(value)} doesn't exist: this model has ${low} to ${high}`,
    );
  }
  if (name === "target" || name === "versus") checkReadable(facts, value as number);
  if (name === "show_norms" && typeof value !== "boolean") {
    throw new Error(`show_norms is true or false, not ${String(value)}`);
  }
  if (name === "mask") checkMask(classes, value);
  if (name === "history" || name === "undone") checkHistory(name, value);
}

function isWhole(value: unknown, low: number, high: number): boolean {
  return (
    Number.isInteger(value) && (value as number) >= low && (value as number) <= high
  );
}

/** A saved page holds the maps of some classes only. */
function checkReadable({ readable, classes }: LensFacts, target: number): void {
  if (target < 0 || readable.length === 0 || readable.includes(target)) return;
  throw new Error(
    `the map of ${className(classes, target)} (class ${target}) is not in this page, ` +
      `only those of ${readable.length} other classes`,
  );
}

function checkMask(classes: number, value: unknown): void {
  if (!Array.isArray(value)) throw new Error("mask is no list of classes");
  const wrong = value.find((each) => !isWhole(each, 0, classes - 1));
  if (wrong === undefined) return;
  throw new Error(
    `mask: class ${String(wrong)} doesn't exist: ` +
      `this model has 0 to ${classes - 1}`,
  );
}
