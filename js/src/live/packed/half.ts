/** IEEE 754's 16-bit numbers, which nothing but the newest browsers reads. */

const MANTISSA_BITS = 10;
const HIDDEN_BIT = 1 << MANTISSA_BITS;
const SMALLEST = 2 ** -24;

/** The size of one unit of the mantissa, by exponent; infinities are never asked for. */
const UNITS = Float64Array.from({ length: 32 }, (_, exponent) =>
  exponent === 0 ? SMALLEST : SMALLEST * 2 ** (exponent - 1),
);

/** The numbers that 16-bit patterns stand for; all of them must be finite. */
export function fromHalf(patterns: Uint16Array): Float32Array {
  const numbers = new Float32Array(patterns.length);
  for (let at = 0; at < patterns.length; at++) {
    const pattern = patterns[at] as number;
    const exponent = (pattern >> MANTISSA_BITS) & 31;
    const mantissa = pattern & (HIDDEN_BIT - 1);
    const units = exponent === 0 ? mantissa : mantissa + HIDDEN_BIT;
    const size = units * (UNITS[exponent] as number);
    numbers[at] = pattern >> 15 ? -size : size;
  }
  return numbers;
}
