import type { AnyModel } from "@anywidget/types";
import type { Scope } from "./dispose";

const DISCONNECTED = ".jupyter-widgets-disconnected";

/** Whether a kernel is still behind a view. No host says so in one agreed way, hence
 * several signs: jupyter-widgets' event and its class on an element around the view
 * (anywidget 0.11 unhooks what would set the class), and what requests notice. */
export class Connection {
  readonly #element: HTMLElement;
  readonly #model: Pick<AnyModel, "on" | "off">;
  readonly #scope: Scope;
  #changed: (detached: boolean) => void = () => undefined;
  #lost = false;
  #detached: boolean | null = null;

  constructor(model: Pick<AnyModel, "on" | "off">, element: HTMLElement, scope: Scope) {
    this.#model = model;
    this.#element = element;
    this.#scope = scope;
  }

  /** Call `changed` with what is found now and with every change. */
  watch(changed: (detached: boolean) => void): void {
    this.#changed = changed;
    // Fired when the kernel restarts; a model never comes to life again by itself.
    const died = () => this.lost();
    this.#model.on("comm_live_update", died);
    this.#scope.onDispose(() => this.#model.off("comm_live_update", died));
    this.#watchAncestors();
  }

  /** A message could not be sent, or nobody in the kernel took it. */
  lost(): void {
    this.#lost = true;
    this.#look();
  }

  /** Something came from the kernel. */
  alive(): void {
    this.#lost = false;
    this.#look();
  }

  #look(): void {
    const detached = this.#lost || this.#element.closest(DISCONNECTED) !== null;
    if (detached === this.#detached) return;
    this.#detached = detached;
    this.#changed(detached);
  }

  #watchAncestors(): void {
    const observer = new MutationObserver(() => this.#look());
    // The host may put the element into the page (and its frame of elements) later.
    const observeAll = () => {
      observer.disconnect();
      const options = { attributes: true, attributeFilter: ["class"] };
      for (let node: Element | null = this.#element; node; node = node.parentElement) {
        observer.observe(node, options);
      }
      this.#look();
    };
    observeAll();
    this.#scope.onResize(this.#element, observeAll);
    this.#scope.onDispose(() => observer.disconnect());
  }
}
