import type { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import { element } from "../element";
import { icon } from "../icon";
import type { Entry } from "./kernel_list";
import { sizeOf } from "./size";

/** What a person can ask for in the panel. */
export interface Acts {
  refresh(): void;
  free(entry: Entry): void;
  reveal(entry: Entry): void;
}

/** A side panel with the models, caches and views of a kernel. */
export class AlivePanel extends Widget {
  readonly #trans: TranslationBundle;
  readonly #acts: Acts;
  readonly #body = element("div", { class: "vw-lab-alive-body" });
  readonly #note = element("p", { role: "status" });

  constructor(trans: TranslationBundle, acts: Acts) {
    super();
    this.#trans = trans;
    this.#acts = acts;
    this.id = "vitwidgets-alive";
    this.addClass("vw-lab-alive");
    this.title.icon = icon;
    this.title.caption = trans.__("ViT Widgets: what is in the kernel's memory");
    const refresh = this.#button(trans.__("Refresh"), () => acts.refresh());
    const heading = element("h2", {}, trans.__("In the kernel's memory"));
    this.node.append(element("header", {}, heading, refresh), this.#note, this.#body);
    this.say(trans.__("Open a notebook or a console to see what its kernel holds."));
  }

  /** Shows what a kernel holds. */
  list(kernel: string, entries: readonly Entry[]): void {
    const trans = this.#trans;
    const total = entries.reduce((sum, { nbytes }) => sum + nbytes, 0);
    this.say(
      entries.length === 0
        ? trans.__("%1 holds no model, cache or view of vitwidgets.", kernel)
        : trans.__("%1: %2 in all", kernel, sizeOf(total)),
    );
    const kinds = [
      ["model", trans.__("Models")],
      ["cache", trans.__("Caches")],
      ["view", trans.__("Views")],
    ] as const;
    this.#body.replaceChildren(
      ...kinds.flatMap(([kind, title]) => {
        const some = entries.filter((entry) => entry.kind === kind);
        if (some.length === 0) return [];
        const rows = some.map((entry) => this.#row(entry));
        return [element("h3", {}, title), element("ul", {}, ...rows)];
      }),
    );
  }

  /** Shows no list, where there is no kernel to ask. */
  clear(): void {
    this.forget();
    this.say(
      this.#trans.__("Open a notebook or a console to see what its kernel holds."),
    );
  }

  /** Removes the list, which is no longer that of the kernel in front. */
  forget(): void {
    this.#body.replaceChildren();
  }

  /** Says something above the list. */
  say(text: string): void {
    this.#note.textContent = text;
  }

  protected override onAfterShow(): void {
    this.#acts.refresh();
  }

  #row(entry: Entry): HTMLElement {
    const trans = this.#trans;
    const details = [
      entry.variables.length > 0 ? entry.title : trans.__("no variable"),
      sizeOf(entry.nbytes),
      ...(entry.used_by.length > 0
        ? [trans.__("used by %1: free that first", entry.used_by.join(", "))]
        : []),
    ];
    const buttons = [this.#freeButton(entry)];
    if (entry.view !== "")
      buttons.unshift(this.#button(trans.__("Show"), () => this.#acts.reveal(entry)));
    return element(
      "li",
      {},
      element("strong", {}, nameOf(entry)),
      element("span", {}, details.join(" · ")),
      element("span", { class: "vw-lab-buttons" }, ...buttons),
    );
  }

  #freeButton(entry: Entry): HTMLButtonElement {
    const trans = this.#trans;
    const button = this.#button(trans.__("Free"), () => this.#acts.free(entry));
    const users = entry.used_by.join(", ");
    button.disabled = users !== "";
    if (button.disabled)
      button.title = trans.__(
        "%1 is used by %2: free that first",
        nameOf(entry),
        users,
      );
    return button;
  }

  #button(label: string, act: () => void): HTMLButtonElement {
    const look = "jp-Button jp-mod-styled jp-mod-minimal";
    const made = element("button", { type: "button", class: look }, label);
    made.addEventListener("click", act);
    return made;
  }
}

/** An entry as the person calls it. */
export function nameOf({ variables, title }: Entry): string {
  return variables.join(", ") || title;
}
