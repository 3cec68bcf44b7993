import { element, UNHEARD } from "../../../core/dom";
import * as WORDS from "./words";

/** How often edits flip the prediction, with a 95 % interval. */
export interface Rate {
  /** Images. */
  n: number;
  flipped: number;
  rate: number;
  low: number;
  high: number;
}

/** A share as a bar from 0 to 1, with its interval, in words beneath.
 *
 * @param what more of what it is the share of
 */
export function rateBar(name: string, rate: Rate, what = ""): HTMLElement {
  const heading = element("div", [element("span.vw-strong", [name])]);
  if (what) heading.append(element("span.vw-muted", [` ${what}`]));
  const fill = element("div.vw-rate-fill");
  const interval = element("div.vw-rate-interval");
  const track = element("div.vw-rate-track", UNHEARD);
  if (rate.n > 0) {
    fill.style.width = `${100 * rate.rate}%`;
    interval.style.left = `${100 * rate.low}%`;
    interval.style.width = `${100 * (rate.high - rate.low)}%`;
    track.append(fill, interval);
  }
  const text = element("p.vw-rate-text", [rateText(rate)]);
  return element("div.vw-rate", [heading, track, text]);
}

/** "flips 34 of 50 (68 %, 95 % interval 54 to 79 %)" */
export function rateText({ n, flipped, rate, low, high }: Rate): string {
  if (n === 0) return WORDS.noneLeft;
  return WORDS.flips(flipped, n, WORDS.percent(rate), low, high);
}
