import { element, setText } from "../../core/dom";
import type { Patience } from "../../core/requests";
import { WORDS } from "./words";

/** What the view says about itself: where one is, how the kernel does, what failed. */
export class Notices {
  readonly status = element("p", { class: "vw-status", role: "status" });
  readonly badge = element("span", { class: "vw-badge", role: "status", hidden: "" });
  readonly alert = element("p", { class: "vw-alert", role: "alert", hidden: "" });
  #patience: Patience = "fine";
  #detached = false;

  say(text: string): void {
    setText(this.status, text);
  }

  /** Show an error, or none. */
  setAlert(message: string | null): void {
    this.alert.hidden = message === null;
    setText(this.alert, message ?? "");
  }

  setPatience(patience: Patience): void {
    this.#patience = patience;
    this.#showBadge();
  }

  setDetached(detached: boolean): void {
    this.#detached = detached;
    this.#showBadge();
  }

  #showBadge(): void {
    const text = this.#detached
      ? WORDS.detached
      : { fine: "", waiting: WORDS.waiting, silent: WORDS.silent }[this.#patience];
    this.badge.hidden = text === "";
    this.badge.classList.toggle("vw-detached", this.#detached);
    setText(this.badge, text);
  }
}
