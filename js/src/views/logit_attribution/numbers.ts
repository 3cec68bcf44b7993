import type { Sum } from "./answers";
import { WORDS } from "./words";

const DECIMALS = 4;
/** Below this size that many decimals would show too little. */
const SMALL = 0.01;

/** Four decimals, or four digits of small numbers: 8.6812, but 0.0001234. */
export function decimalsFor(value: number): number {
  const size = Math.abs(value);
  if (size === 0 || size >= SMALL) return DECIMALS;
  return Math.min(12, 3 - Math.floor(Math.log10(size)));
}

/** With a true minus sign, and never minus nothing. */
export function plain(value: number, decimals = decimalsFor(value)): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? `−${text}` : text;
}

/** As what is added: "+0.4123", "−0.0021", "0". */
export function signed(value: number, decimals = decimalsFor(value)): string {
  if (value === 0) return "0";
  const text = plain(value, decimals);
  return text.startsWith("−") || Number(text) === 0 ? text : `+${text}`;
}

/** A number in few digits, for bars and axes. */
export function short(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size < 1e-3
      ? size.toExponential(1)
      : size.toFixed(Math.max(0, 2 - Math.floor(Math.log10(size))));
  return `${value < 0 ? "−" : "+"}${text}`;
}

/** What stands under colours from -most to most. */
export function scaleTexts(most: number, unit: string): string[] {
  return [short(-most), `0 ${unit}`, short(most)];
}

/** "sum 8.6812 = logit 8.6812", and what is left over where that many digits show it. */
export function sumLine({ sum, parent, residue }: Sum, name: string): string {
  const decimals = decimalsFor(parent);
  const line = WORDS.sum(plain(sum, decimals), name, plain(parent, decimals));
  const rest = plain(residue, decimals);
  return Number(rest.replace("−", "-")) === 0
    ? line
    : `${line} · ${WORDS.residue(rest)}`;
}
