import { classEmoji } from "../../core/classes/class_facts";
import { element, group, setAria, UNHEARD } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
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
  #buttons: readonly { sign: EmojiSign; button: HTMLButtonElement }[] = [];
  #known: Lens["facts"]["truth"] = [];
  readonly #edges = new Map<Uint8Array, Edge[]>();

  constructor(lens: Lens) {
    this.#lens = lens;
    const label = element("span.vw-label", UNHEARD, [WORDS.objects]);
    this.root = group("div.vw-chips", WORDS.objects, [label]);
    this.#makeButtons();
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
    if (facts.truth !== this.#known) this.#makeButtons();
    const { compared } = this;
    for (const [at, { sign, button }] of this.#buttons.entries()) {
      const object = facts.truth[at];
      if (!object) continue;
      sign.show(classEmoji(facts.classes, object.classes[0] ?? -1), anew);
      sign.root.hidden = object.classes.length === 0;
      setAria(button, "pressed", compared.includes(object));
    }
  }

  /** They say which classes are called so: other classes make other buttons. */
  #makeButtons(): void {
    const { facts, words } = this.#lens;
    for (const { button } of this.#buttons) button.remove();
    this.#known = facts.truth;
    this.#buttons = facts.truth.map(({ name, classes }) => {
      const sign = new EmojiSign(this.#lens.emoji, 16);
      const attributes = { class: "vw-chip" };
      const button = element("button", attributes, [sign.root, name]);
      if (classes.length === 0) {
        button.title = words.mask.absent;
        setAria(button, "disabled", "true");
      }
      button.addEventListener("click", () => this.#toggle(classes));
      return { sign, button };
    });
    this.root.append(...this.#buttons.map(({ button }) => button));
    this.root.hidden = facts.truth.length === 0;
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
