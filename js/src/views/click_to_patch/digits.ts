import { shortNumber, trueMinus } from "../../core/numbers";

/** Four significant digits, with a true minus sign. */
export function digits(value: number): string {
  return trueMinus(shortNumber(value, 4));
}
