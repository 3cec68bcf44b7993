import type { Scope } from "../../../core/dispose";
import { element, setAria, UNHEARD } from "../../../core/dom";
import { digits } from "../digits";
import { tokensName } from "../edits/names";
import type { Flip, FlipStep } from "./flip_answer";
import * as WORDS from "./words";

/** The steps of a flip as a list of buttons, each with the margin that it leads to.
 *
 * @param name of the wanted class
 * @param take called with how many steps are to be the edits
 */
export function flipSteps(
  scope: Scope,
  { steps, baseMargin }: Flip,
  name: string,
  take: (count: number) => void,
) {
  const margins = [baseMargin, ...steps.map(({ margin }) => margin)];
  const low = Math.min(0, ...margins);
  const high = Math.max(0, ...margins);
  const share = (value: number) => (100 * (value - low)) / (high - low || 1);
  const buttons = margins.map((margin, count) => {
    const step = steps[count - 1];
    const label = step ? WORDS.step(count, stepName(step)) : WORDS.base;
    const made = element("button.vw-bare.vw-flip-step", [
      element("span.vw-flip-name", [label]),
      marginBar(share(margin), share(0), margin < 0),
      element("span.vw-flip-margin", [ahead(margin)]),
    ]);
    scope.listen(made, "click", () => take(count));
    return made;
  });
  const items = buttons.map((each) => element("li", [each]));
  return {
    root: element("div", [
      element("p.vw-muted", [WORDS.sequence(name)]),
      element("ol.vw-list.vw-flip-steps", { "aria-label": WORDS.flip }, items),
    ]),
    /** @param taken how many steps are the edits; -1 for none of these */
    update(taken: number) {
      for (const [count, each] of buttons.entries()) {
        setAria(each, "pressed", count === taken);
        each.classList.toggle("vw-taken", count > 0 && count <= taken);
      }
    },
  };
}

/** What one is ahead by: "+0.7500". */
function ahead(margin: number): string {
  return margin > 0 ? `+${digits(margin)}` : digits(margin);
}

function stepName({ address, tokens }: FlipStep): string {
  return tokens.length > 0 ? `${address}, ${tokensName(tokens)}` : address;
}

function marginBar(end: number, zero: number, isBehind: boolean): HTMLElement {
  const bar = element("span.vw-flip-bar");
  bar.classList.toggle("vw-behind", isBehind);
  bar.style.left = `${Math.min(end, zero)}%`;
  bar.style.width = `${Math.abs(end - zero)}%`;
  const track = element("span.vw-flip-track", UNHEARD, [bar]);
  track.style.setProperty("--vw-zero", `${zero}%`);
  return track;
}
