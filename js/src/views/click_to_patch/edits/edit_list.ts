import { element } from "../../../core/dom";
import type { PatchEdit } from "../../../core/state.gen";
import { onPointing } from "../../../core/view/pointing";
import type { Patcher } from "../patcher";
import { withEdit, withMoved, withoutEdit } from "./edit_changes";
import { EditRow } from "./edit_row";
import { matchRows } from "./row_matching";
import * as WORDS from "./words";

type Verb = keyof typeof WORDS.verbs;

/** A row for each edit, in their order; a row stays the same as long as its edit does. */
export class EditList {
  readonly root = element("ol.vw-list.vw-edit-list", { "aria-label": WORDS.heading });
  readonly #view: Patcher;
  readonly #lastFocus: HTMLElement;
  #edits: readonly PatchEdit[] = [];
  #rows: EditRow[] = [];
  #pointed: EditRow | null = null;

  /** @param lastFocus where focus goes when no row is left */
  constructor(view: Patcher, lastFocus: HTMLElement) {
    this.#view = view;
    this.#lastFocus = lastFocus;
  }

  show(edits: readonly PatchEdit[]): void {
    const places = matchRows(this.#edits, edits);
    const rows = edits.map(
      (edit, index) => this.#rows[places[index] ?? -1] ?? this.#make(edit),
    );
    const [focused, at] = this.#focus();
    const isOther =
      rows.length !== this.#rows.length ||
      rows.some((row, index) => row !== this.#rows[index]);
    for (const row of this.#rows) if (!rows.includes(row)) row.dispose();
    this.#edits = edits;
    this.#rows = rows;
    for (const [index, edit] of edits.entries()) {
      rows[index]?.update(edit, index, edits.length);
    }
    if (!isOther) return;
    this.root.replaceChildren(...rows.map(({ root }) => root));
    if (this.#pointed && !rows.includes(this.#pointed)) this.#point(null);
    if (focused) this.#refocus(focused, at);
  }

  /** What has the focus in here, and in which row. */
  #focus(): [HTMLElement | null, number] {
    const focused = this.root.querySelector<HTMLElement>(":focus");
    return [focused, this.#rows.findIndex(({ root }) => root.contains(focused))];
  }

  /** Keep the focus, which an element loses as it moves, and leave it near what went. */
  #refocus(focused: HTMLElement, at: number): void {
    const near = this.#rows[Math.min(at, this.#rows.length - 1)]?.remove;
    const next = this.root.contains(focused) ? focused : (near ?? this.#lastFocus);
    next.focus({ preventScroll: true });
  }

  #make(edit: PatchEdit): EditRow {
    const { scope, facts } = this.#view;
    const changed = (to: PatchEdit) => withEdit(this.#present, this.#at(row), to);
    const row = new EditRow(scope, edit, facts, {
      change: (verb, to) => this.#act(verb, row, changed(to)),
      // A new prediction at once; what can be undone comes in the end.
      slide: (to) => this.#view.settings.set("interventions", changed(to)),
      settle: () => this.#act("strength", row, this.#present),
      move: (by) => {
        const edits = withMoved(this.#present, this.#at(row), by);
        this.#act(by < 0 ? "earlier" : "later", row, edits);
      },
      remove: () => this.#act("remove", row, withoutEdit(this.#present, this.#at(row))),
    });
    const goes = () => this.#point(null);
    onPointing(scope, row.root, () => this.#point(row), goes);
    return row;
  }

  get #present(): readonly PatchEdit[] {
    return this.#view.settings.get("interventions");
  }

  #at(row: EditRow): number {
    return this.#rows.indexOf(row);
  }

  #act(verb: Verb, row: EditRow, edits: readonly PatchEdit[]): void {
    const address = this.#edits[this.#at(row)]?.address ?? "";
    this.#view.edit(`${WORDS.verbs[verb]} ${address}`.trim(), edits);
  }

  #point(row: EditRow | null): void {
    this.#pointed = row;
    const edit = row ? this.#edits[this.#at(row)] : undefined;
    this.#view.point(edit?.address ?? "", edit?.tokens ?? []);
  }
}
