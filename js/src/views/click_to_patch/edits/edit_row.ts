import { Scope } from "../../../core/dispose";
import { element, setAria, UNHEARD } from "../../../core/dom";
import type { PatchEdit } from "../../../core/state.gen";
import { button } from "../../../core/view/buttons";
import { selectBox } from "../../../core/view/select_box";
import { takesDonor } from "../edits";
import type { Facts } from "../facts";
import { KIND_NAMES } from "../words";
import { isDrawn, withKind } from "./edit_changes";
import { placeName } from "./names";
import { StrengthControl } from "./strength_control";
import { tokenChoice } from "./token_choice";
import * as WORDS from "./words";

type Kind = PatchEdit["kind"];
type Verb = keyof typeof WORDS.verbs;

/** What a person does to an edit. */
export interface EditActs {
  /** Make it another one. */
  change(verb: Verb, edit: PatchEdit): void;
  /** Show it otherwise at once, as a slider moves. */
  slide(edit: PatchEdit): void;
  /** Make lasting what the slider showed. */
  settle(): void;
  move(by: 1 | -1): void;
  remove(): void;
}

/** One edit of the list, and what can be done to it. */
export class EditRow {
  readonly root = element("li.vw-edit");
  readonly remove: HTMLButtonElement;
  readonly #switch = element("button.vw-bare.vw-edit-switch", { role: "switch" }, [
    element("span.vw-edit-knob"),
  ]);
  readonly #tokens: ReturnType<typeof tokenChoice>;
  readonly #kind: HTMLSelectElement;
  readonly #donor: HTMLSelectElement;
  readonly #fromDonor: HTMLElement;
  readonly #draw: HTMLButtonElement;
  readonly #strength: StrengthControl;
  readonly #earlier: HTMLButtonElement;
  readonly #later: HTMLButtonElement;
  readonly #severalDonors: boolean;
  readonly #scope: Scope;
  #edit: PatchEdit;

  /**
   * @param edit which may change, but for its address
   * @param facts what there is to choose from
   */
  constructor(
    view: Scope,
    edit: PatchEdit,
    facts: Pick<Facts, "donors" | "labels">,
    acts: EditActs,
  ) {
    // Of its own: thousands of rows may come and go in one view.
    const scope = new Scope(view.signal);
    this.#scope = scope;
    this.#edit = edit;
    const donors = facts.donors.map(({ name }) => name);
    this.#severalDonors = donors.length > 1;
    const { address } = edit;
    const change = (verb: Verb, changes: Partial<PatchEdit>) =>
      acts.change(verb, { ...this.#edit, ...changes });
    scope.listen(this.#switch, "click", () => {
      const turned = this.#edit.switch === "on" ? "off" : "on";
      change(turned, { switch: turned });
    });
    const narrow = (tokens: string[]) => change("tokens", { tokens });
    this.#tokens = tokenChoice(scope, address, facts.labels, narrow);
    const choices = (
      label: string,
      options: readonly (readonly [string, string])[],
      chosen: (value: string) => void,
    ) => selectBox(scope, options, chosen, { "aria-label": label });
    this.#kind = choices(WORDS.kind(address), Object.entries(KIND_NAMES), (kind) => {
      const changed = withKind(this.#edit, kind as Kind, donors[0] ?? "");
      acts.change("kind", changed);
    });
    this.#donor = choices(
      WORDS.donorOf(address),
      donors.map((name) => [name, name]),
      (source) => change("donor", { source }),
    );
    this.#fromDonor = element("span.vw-edit-donor", [
      element("span.vw-label", UNHEARD, [WORDS.donor]),
      this.#donor,
    ]);
    const draw = () => change("draw", { seed: this.#edit.seed + 1 });
    this.#draw = button(scope, [WORDS.drawAgain], draw, ".vw-alone.vw-edit-draw");
    this.#strength = new StrengthControl(scope, WORDS.strengthOf(address), {
      moved: (strength) => acts.slide({ ...this.#edit, strength }),
      settled: () => acts.settle(),
    });
    const icon = (sign: string, way: string, act: () => void) => {
      const made = element("button.vw-bare.vw-edit-icon", [sign]);
      scope.listen(made, "click", act);
      made.title = WORDS.move(way, address);
      setAria(made, "label", made.title);
      return made;
    };
    this.#earlier = icon("↑", WORDS.earlier, () => acts.move(-1));
    this.#later = icon("↓", WORDS.later, () => acts.move(1));
    this.remove = icon("✕", WORDS.remove, () => acts.remove());
    this.#assemble(address);
  }

  /** @param at its place in the list, from 0, of so many */
  update(edit: PatchEdit, at: number, count: number): void {
    this.#edit = edit;
    const { tokens, kind, strength } = edit;
    const isOn = edit.switch === "on";
    this.root.classList.toggle("vw-edit-off", !isOn);
    setAria(this.#switch, "checked", isOn);
    this.#switch.title = isOn ? WORDS.on : WORDS.off;
    this.#tokens.show(tokens);
    this.#kind.value = kind;
    this.#fromDonor.hidden = !(takesDonor(kind) && this.#severalDonors);
    this.#donor.value = edit.source;
    this.#draw.hidden = !isDrawn(kind);
    this.#draw.title = WORDS.draw(edit.seed);
    this.#strength.update(kind, strength);
    // Not `disabled`: focus would fall out of the view, and the keys with it.
    setAria(this.#earlier, "disabled", at === 0);
    setAria(this.#later, "disabled", at === count - 1);
  }

  /** Its edit is gone. */
  dispose(): void {
    this.#scope.dispose();
  }

  #assemble(address: string): void {
    setAria(this.root, "label", WORDS.edit(address));
    setAria(this.#switch, "label", WORDS.acts(address));
    const name = element("span.vw-edit-address.vw-strong", [address]);
    const place = element("span.vw-edit-place.vw-muted", [placeName(address)]);
    const what = element("div.vw-edit-name", [name, " ", place]);
    const order = [this.#earlier, this.#later, this.remove];
    this.root.append(
      element("div.vw-edit-head", [
        this.#switch,
        what,
        element("div.vw-edit-order", order),
      ]),
      element("div.vw-edit-body", [
        this.#kind,
        this.#tokens.root,
        this.#fromDonor,
        this.#strength.root,
        this.#draw,
      ]),
      this.#strength.trouble,
    );
  }
}
