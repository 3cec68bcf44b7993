const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes as a person reads them: three digits at most, and a unit. */
export function sizeOf(bytes: number): string {
  let [value, unit] = [bytes, 0];
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 && unit > 0 ? value.toFixed(1) : Math.round(value)} ${UNITS[unit]}`;
}
