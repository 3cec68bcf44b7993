import type { Facts, Measure, Settings } from "./facts";
import { WORDS } from "./words";

/** Which number of the output is taken apart. */
export type Quantity = Pick<Settings, "target" | "versus" | "measure">;

/** The number that settings choose. Only a difference looks at `versus`; a saved page
 * knows each number by just the words that it was saved with. */
export function quantityOf(
  { target, versus, measure }: Quantity,
  readable: Facts["readable"],
): Quantity {
  const isAsked = isSame({ target, versus, measure });
  const kept = readable.find((each) => isAsked(each));
  if (kept) return { target, versus: kept.versus, measure };
  return { target, versus: measure === "difference" ? versus : -1, measure };
}

/** Whether a saved page has a number; anywhere else all can be asked for. */
export function isReadable(quantity: Quantity, readable: Facts["readable"]): boolean {
  return readable.length === 0 || readable.some((each) => isSame(quantity)(each));
}

/** "logit of tabby − logit of lynx" */
export function quantityName(
  { target, versus, measure }: Quantity,
  { names }: Facts["classes"],
): string {
  return WORDS.quantity(measure, names[target] ?? "", names[versus] ?? "");
}

/** What a number is counted in. */
export function unitOf(measure: Measure): string {
  return measure === "log_probability" ? WORDS.nats : WORDS.unit;
}

function isSame(one: Quantity): (other: Facts["readable"][number]) => boolean {
  return ({ target, versus, measure }) =>
    target === one.target &&
    measure === one.measure &&
    (measure !== "difference" || versus === one.versus);
}
