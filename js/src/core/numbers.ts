/** Numbers as a person reads them. */

/** With so many significant digits; small ones as 1.2e-6. */
export function shortNumber(value: number, digits = 3): string {
  if (value === 0) return "0";
  return Math.abs(value) < 1e-4
    ? value.toExponential(digits - 1)
    : value.toPrecision(digits);
}

/** "0.0312 ± 0.0002": the true number is surely inside what is printed. */
export function withError(value: number, error: number): string {
  if (!(error > 0)) return shortNumber(value, 4);
  const power = Math.floor(Math.log10(error));
  // Rounding the printed value moves it by up to half a unit of its last digit.
  const shown = Math.ceil(error / 10 ** power + 0.5) * 10 ** power;
  const exponent = Math.floor(Math.log10(Math.max(value, shown)));
  if (exponent >= -4) {
    const decimals = Math.max(0, -power);
    return `${value.toFixed(decimals)} ± ${shown.toFixed(decimals)}`;
  }
  const decimals = Math.max(0, exponent - power);
  const scaled = (number: number) => (number / 10 ** exponent).toFixed(decimals);
  return `(${scaled(value)} ± ${scaled(shown)})e${exponent}`;
}

/** "83 %", or "0.4 %" for what would be nothing. Lines don't break in it. */
export function percent(share: number): string {
  const number = 100 * share;
  if (number >= 99.95 && share < 1) return ">\u00a099.9\u00a0%";
  if (number > 0 && number < 0.01) return "<\u00a00.01\u00a0%";
  const text = number >= 10 ? number.toFixed(0) : number.toPrecision(2);
  return `${number === 0 ? "0" : text}\u00a0%`;
}

/** A number's text with a true minus sign, and none before what is nothing. */
export function trueMinus(text: string): string {
  return text.replace(/^-/, Number(text) === 0 ? "" : "−");
}

/** A change, always with its sign: "+1.20", "−0.03", "0.00". */
export function signed(change: number, decimals: number): string {
  const text = trueMinus(change.toFixed(decimals));
  return Number(text) > 0 ? `+${text}` : text;
}
