import type { Facts } from "../facts";
import { isReadable, type Quantity } from "../quantity";

/** The number that a newly chosen class leads to, in place of a present one. What is
 * compared changes places rather than being compared with itself. */
export function withTarget(now: Quantity, target: number): Partial<Quantity> {
  return target === now.versus ? { target, versus: now.target } : { target };
}

/** The same for the class to compare with: choosing one asks for the difference. */
export function withVersus(now: Quantity, versus: number): Partial<Quantity> {
  const measure = "difference";
  return versus === now.target
    ? { target: now.versus, versus, measure }
    : { versus, measure };
}

/** Which classes may be chosen: all that lead to a number this page can show. */
export function choosable(
  { classes, readable }: Pick<Facts, "classes" | "readable">,
  now: Quantity,
  change: (now: Quantity, index: number) => Partial<Quantity>,
): number[] {
  const all = classes.names.map((_, index) => index);
  return all.filter((index) => {
    const to = { ...now, ...change(now, index) };
    return isSound(to) && isReadable(to, readable);
  });
}

/** A difference is that of two classes. */
export function isSound({ target, versus, measure }: Quantity): boolean {
  return (
    target >= 0 && (measure !== "difference" || (versus >= 0 && versus !== target))
  );
}
