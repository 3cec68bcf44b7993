import type { Scope } from "../../../core/dispose";
import { element, freshId, setAria } from "../../../core/dom";
import { moveInGrid } from "../../../core/keyboard";

/** What one tab opens. */
export interface Tab {
  readonly name: string;
  readonly root: HTMLElement;
}

/** Tabs, one of which is open: arrow keys walk and open. */
export class Tabs {
  readonly root: HTMLElement;
  readonly #tabs: readonly Tab[];
  readonly #buttons: readonly HTMLButtonElement[];
  readonly #panels: readonly HTMLElement[];
  readonly #opened: (tab: Tab) => void;
  #open = 0;

  /** @param opened called with the tab that a person opens */
  constructor(
    scope: Scope,
    label: string,
    tabs: readonly Tab[],
    opened: (tab: Tab) => void,
  ) {
    this.#tabs = tabs;
    this.#opened = opened;
    const id = freshId("tab");
    this.#buttons = tabs.map(({ name }, index) => {
      const ids = { id: `${id}-${index}`, "aria-controls": `${id}-panel-${index}` };
      return element("button.vw-bare.vw-tab", { role: "tab", ...ids }, [name]);
    });
    this.#panels = tabs.map(({ root }, index) => {
      const ids = { id: `${id}-panel-${index}`, "aria-labelledby": `${id}-${index}` };
      return element("div.vw-tab-panel", { role: "tabpanel", ...ids }, [root]);
    });
    const list = element(
      "div.vw-tabs",
      { role: "tablist", "aria-label": label },
      this.#buttons,
    );
    this.root = element("div", [list, ...this.#panels]);
    for (const [index, button] of this.#buttons.entries()) {
      scope.listen(button, "click", () => this.open(index));
    }
    scope.listen(list, "keydown", (event) => this.#walk(event));
    this.#show(0);
  }

  get present(): Tab | undefined {
    return this.#tabs[this.#open];
  }

  /** Open a tab as a person does. */
  open(index: number): void {
    this.#show(index);
    const tab = this.present;
    if (tab) this.#opened(tab);
  }

  focus(): void {
    this.#buttons[this.#open]?.focus();
  }

  #show(open: number): void {
    this.#open = open;
    for (const [index, button] of this.#buttons.entries()) {
      setAria(button, "selected", index === open);
      button.tabIndex = index === open ? 0 : -1;
    }
    for (const [index, panel] of this.#panels.entries()) panel.hidden = index !== open;
  }

  #walk(event: KeyboardEvent): void {
    const to = moveInGrid(event, 0, this.#open, 1, this.#tabs.length);
    if (!to || to[1] === this.#open) return;
    event.preventDefault();
    this.open(to[1]);
    this.focus();
  }
}
