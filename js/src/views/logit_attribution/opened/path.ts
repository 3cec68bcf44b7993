import { element } from "../../../core/dom";
import { addressOf, type Level, pathTo } from "../address";
import type { Attribution } from "../attribution";
import { WORDS } from "../words";

/** The way from all of the model to what is opened; each step leads back. */
export class Path {
  readonly root = element("nav.vw-path", { "aria-label": WORDS.path });
  readonly #view: Attribution;
  #shown: string | null = null;

  constructor(view: Attribution) {
    this.#view = view;
    view.scope.listen(this.root, "click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      if (button) view.open(button.dataset.address ?? "");
    });
  }

  update(level: Level): void {
    const address = addressOf(level);
    if (address === this.#shown) return;
    this.#shown = address;
    const steps = pathTo(level);
    const items = steps.map((each, index) => {
      const name = WORDS.levelName(each);
      if (index < steps.length - 1) return crumb(name, addressOf(each));
      return element("span.vw-strong", { "aria-current": "location" }, [name]);
    });
    this.root.replaceChildren(
      ...items.flatMap((item, index) => (index > 0 ? [separator(), item] : [item])),
    );
  }

  /** Put the focus on the name of what is opened, where nothing better is left. */
  focus(): void {
    const target = this.root.lastElementChild;
    if (!(target instanceof HTMLElement)) return;
    target.tabIndex = -1;
    target.focus();
    this.#view.scope.listen(target, "blur", () => target.removeAttribute("tabindex"), {
      once: true,
    });
  }
}

function crumb(name: string, address: string): HTMLElement {
  const attributes = { class: "vw-crumb", "data-address": address };
  return element("button", attributes, [name]);
}

function separator(): HTMLElement {
  return element("span.vw-muted", { "aria-hidden": "true" }, ["›"]);
}
