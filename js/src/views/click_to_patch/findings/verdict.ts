import { element } from "../../../core/dom";

/** What came out, with its sign: in a box, or as a line. */
export function verdict(
  isGood: boolean,
  said: readonly (string | Node)[],
  tag: "p" | "div" = "p",
): HTMLElement {
  return element(`${tag}.vw-verdict.${isGood ? "vw-good" : "vw-bad"}`, said);
}
