import { element, setText } from "../dom";
import type { Patience } from "../requests";
import { VIEW_WORDS as WORDS } from "./words";

/** What the view says about itself: where one is, how the kernel does, what failed. */
export class Notices {
  readonly status = element("p.vw-status", { role: "status" });
  readonly badge = element("span.vw-badge", { role: "status", hidden: "" });
  readonly alert = element("p.vw-alert", { role: "alert", hidden: "" });
  #patience: Patience = "fine";
  #awaited = "";
  #detached = false;

  say(text: string): void {
    setText(this.status, text);
  }

  /** Show an error, or none. */
  setAlert(message: string | null): void {
    this.alert.hidden = message === null;
    setText(this.alert, message ?? "");
  }

  /** Say how long the kernel has not answered.
   *
   * What it is waited for is said once, as the wait begins: the badge is spoken, and a
   * pointer may pass over many tokens meanwhile.
   *
   * @param awaited what a person waits for, or ""
   */
  setPatience(patience: Patience, awaited: string): void {
    if (patience === this.#patience) return;
    this.#patience = patience;
    this.#awaited = awaited;
    this.#showBadge();
  }

  setDetached(detached: boolean): void {
    this.#detached = detached;
    this.#showBadge();
  }

  #showBadge(): void {
    const waiting = this.#awaited ? WORDS.waitingWhile(this.#awaited) : WORDS.waiting;
    const text = this.#detached
      ? WORDS.detached
      : { fine: "", waiting, silent: WORDS.silent }[this.#patience];
    this.badge.hidden = text === "";
    this.badge.classList.toggle("vw-detached", this.#detached);
    setText(this.badge, text);
  }
}
