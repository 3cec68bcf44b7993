import { checkHistory } from "../../core/history";
import type { LogitAttributionWritable } from "../../core/state.gen";
import { levelOf } from "./address";
import type { Facts } from "./facts";

const MEASURES = ["logit", "difference", "log_probability"];

/** Throw when a setting (from Python, or linked from another view) can't be shown. */
export function checkSetting(
  facts: Facts,
  name: LogitAttributionWritable,
  value: unknown,
): void {
  const count = facts.classes.names.length;
  const least = { target: 0, versus: -1 }[name as string];
  if (least !== undefined && !isWithin(value, least, count)) {
    throw new Error(
      `${name} ${String(value)} doesn't exist: this model has classes 0 to ${count - 1}`,
    );
  }
  if (name === "measure" && !MEASURES.includes(value as string)) {
    throw new Error(`measure is ${MEASURES.join(" or ")}, not ${String(value)}`);
  }
  if (name === "component") levelOf(String(value), facts);
  if (name === "history" || name === "undone") checkHistory(name, value);
}

function isWithin(value: unknown, least: number, count: number): boolean {
  return (
    Number.isInteger(value) && (value as number) >= least && (value as number) < count
  );
}
