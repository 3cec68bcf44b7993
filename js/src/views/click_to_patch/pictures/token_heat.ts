import { strongest } from "../../../core/diverging";
import type { Heat } from "../patcher";
import * as WORDS from "./words";

/** What patching each token of one block would do. */
export interface TokenHeat {
  values: Float32Array;
  /** The largest size. */
  most: number;
  /** Whether a token's value is exact. */
  isExact: (token: number) => boolean;
  /** Whether all are, none is, or some are. */
  how: string;
}

/** A block's row of a sweep over tokens: exact values where they came, else approximate
 * ones; null where there are none.
 *
 * @param tokens how many there are
 */
export function tokenHeat(
  { preview, exact }: Heat,
  layer: number,
  tokens: number,
): TokenHeat | null {
  if (!preview && !exact) return null;
  const at = (token: number) => layer * tokens + token;
  const isExact = (token: number) => Number.isFinite(exact?.[at(token)]);
  const values = Float32Array.from({ length: tokens }, (_, token) =>
    isExact(token) ? (exact?.[at(token)] as number) : (preview?.[at(token)] ?? 0),
  );
  const done = Array.from(values, (_, token) => isExact(token));
  const how = done.every(Boolean)
    ? WORDS.exact
    : done.some(Boolean)
      ? WORDS.partly
      : WORDS.approximation;
  return { values, most: strongest(values), isExact, how };
}
