import { element } from "../../../core/dom";

/** What came out, in green or red. */
export function verdict(
  isGood: boolean,
  said: readonly (string | Node)[],
): HTMLElement {
  return element(`p.vw-verdict.${isGood ? "vw-good" : "vw-bad"}`, said);
}
