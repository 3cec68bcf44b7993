import type { Scope } from "../dispose";
import { element, setAria } from "../dom";
import { VIEW_WORDS as WORDS } from "./words";

/** What a view says about itself when it is asked. */
export interface HelpText {
  /** What is seen, a paragraph each. */
  explanation: readonly string[];
  /** What each key does. */
  keys: readonly (readonly [string, string])[];
}

/** A box of explanation, and the button that opens and closes it. */
export class Help {
  readonly box: HTMLElement;
  readonly button = element(
    "button.vw-button.vw-help-button",
    { "aria-label": WORDS.help },
    ["?"],
  );

  constructor(scope: Scope, { explanation, keys }: HelpText) {
    const terms = keys.flatMap(([key, act]) => [
      element("dt", [key]),
      element("dd", [act]),
    ]);
    this.box = element("div.vw-help", [
      ...explanation.map((text) => element("p", [text])),
      element("dl", terms),
    ]);
    this.close();
    scope.listen(this.button, "click", () => this.toggle());
  }

  toggle(): void {
    this.#show(this.box.hidden);
  }

  close(): void {
    this.#show(false);
  }

  #show(shown: boolean): void {
    this.box.hidden = !shown;
    setAria(this.button, "expanded", shown);
  }
}
