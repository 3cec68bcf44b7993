import { classEmoji } from "../../../core/classes/class_facts";
import { element } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import type { Lens } from "../lens";
import { withClasses, withoutClasses } from "./class_set";
import { comparedObjects } from "./objects";
import { drawOutline, type Edge, edgesOf } from "./outline";
import { MASK_WORDS as WORDS } from "./words";

/** What is known to be in the picture: a button each, which puts its classes into the
 * mask or takes them out. Objects that the mask is compared with are outlined. */
export class KnownObjects {
  readonly root: HTMLElement;
  readonly #lens: Lens;
  readonly #buttons: readonly { sign: EmojiSign; button: HTMLButtonElement }[];
  readonly #edges = new Map<Uint8Array, Edge[]>();

  constructor(lens: Lens) {
    this.#lens = lens;
    const { facts } = lens;
    this.#buttons = facts.truth.map(({ name, classes }) => {
      const sign = new EmojiSign(lens.emoji, 16);
      const attributes = { class: "vw-chip" };
      const button = element("button", attributes, [sign.root, name]);
      if (classes.length === 0) {
        button.title = WORDS.noClass;
        button.setAttribute("aria-disabled", "true");
      }
      lens.scope.listen(button, "click", () => this.#toggle(classes));
      return { sign, button };
    });
    const group = { class: "vw-chips", role: "group", "aria-label": WORDS.objects };
    const label = element("span.vw-label", { "aria-hidden": "true" }, [WORDS.objects]);
    const buttons = this.#buttons.map(({ button }) => button);
    this.root = element("div", group, [label, ...buttons]);
    this.root.hidden = facts.truth.length === 0;
    lens.addOverlay((context, box) => {
      if (lens.settings.get("mode") !== "mask") return;
      for (const { mask, rows, columns } of this.compared) {
        const edges = this.#edgesOf(mask, rows, columns);
        drawOutline(context, edges, [columns, rows], box);
      }
    });
  }

  /** Those that the mask is compared with. */
  get compared(): Lens["facts"]["truth"] {
    const { facts, settings } = this.#lens;
    return comparedObjects(facts.truth, settings.get("mask"));
  }

  update(anew: boolean): void {
    const { facts } = this.#lens;
    const { compared } = this;
    for (const [at, { sign, button }] of this.#buttons.entries()) {
      const object = facts.truth[at];
      if (!object) continue;
      sign.show(classEmoji(facts.classes, object.classes[0] ?? -1), anew);
      sign.root.hidden = object.classes.length === 0;
      button.setAttribute("aria-pressed", String(compared.includes(object)));
    }
  }

  #toggle(classes: readonly number[]): void {
    const { settings } = this.#lens;
    const mask = settings.get("mask");
    if (classes.length === 0) return;
    if (classes.some((each) => mask.includes(each))) {
      this.#lens.act(WORDS.acts.remove, { mask: withoutClasses(mask, classes) });
    } else this.#lens.act(WORDS.acts.add, { mask: withClasses(mask, classes) });
  }

  #edgesOf(mask: Uint8Array, rows: number, columns: number): Edge[] {
    const known = this.#edges.get(mask);
    if (known) return known;
    const edges = edgesOf(mask, rows, columns);
    this.#edges.set(mask, edges);
    return edges;
  }
}
