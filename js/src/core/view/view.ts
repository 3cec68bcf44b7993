import type { AnyModel } from "@anywidget/types";
import { Connection } from "../connection";
import type { Scope } from "../dispose";
import { History, type Remembered } from "../history";
import { messageOf, Requests } from "../requests";
import { Sync } from "../sync";
import { Notices } from "./notices";
import { contains, type Panel } from "./panel";

/** What a part may have to be drawn anew for: a setting, values that came (or will not
 * come any more), the size of its place, or what a view adds to these. */
export type ChangeOf<Writable extends string, Own extends string> =
  | Writable
  | keyof Remembered
  | "values"
  | "size"
  | Own;

/** What the parts of any view share. */
export interface Viewed<
  State extends Remembered,
  Writable extends string & keyof State,
  Own extends string,
> {
  readonly settings: Sync<State, Writable | keyof Remembered>;
  readonly requests: Requests;
  readonly scope: Scope;
  /** The kernel is gone: what is not in the page will not come. */
  readonly detached: boolean;
  /** Do what a person decided, so that it can be undone. */
  act(verb: string, changes: Partial<Pick<State, Writable>>): void;
  /** Ask for a part to be drawn in the next frame. */
  invalidate(change: ChangeOf<Writable, Own>): void;
  /** Show an error until the next act. */
  alert(message: string): void;
}

/** What every view is: settings that are shared with Python and can be undone, questions
 * to the kernel, words about both, and panels that are drawn once a frame. */
export abstract class View<
  State extends Remembered,
  Writable extends string & keyof State,
  Own extends string = never,
> implements Viewed<State, Writable, Own>
{
  readonly settings: Sync<State, Writable | keyof Remembered>;
  readonly requests: Requests;
  readonly scope: Scope;
  detached = false;
  protected readonly notices = new Notices();
  protected readonly history: History<State, Writable>;
  readonly #model: AnyModel<State>;
  readonly #root: HTMLElement;
  readonly #names: readonly (Writable | keyof Remembered)[];
  readonly #connection: Connection;
  readonly #changes: Set<ChangeOf<Writable, Own>>;
  readonly #drawSoon: () => void;
  readonly #saveSoon: () => void;
  #panels: readonly Panel<ChangeOf<Writable, Own>>[] = [];
  /** How many there have been. */
  #alerts = 0;
  #isHeld = false;

  /**
   * @param names what the page may write
   * @param check throws when a value of one of them can't be shown
   * @throws when the present state can't be shown
   */
  constructor(
    model: AnyModel<State>,
    root: HTMLElement,
    scope: Scope,
    names: readonly (Writable | keyof Remembered)[],
    check: (name: Writable | keyof Remembered, value: unknown) => void,
  ) {
    this.#model = model;
    this.#root = root;
    this.scope = scope;
    this.#names = names;
    this.#changes = new Set([...names, "values"]);
    this.#drawSoon = scope.eachFrame(() => this.#frame());
    this.#saveSoon = scope.eachFrame(() => this.#save());
    this.settings = new Sync(model, names, scope, {
      check,
      changed: (name) => this.settingChanged(name),
      refused: (error) => this.alert(messageOf(error)),
    });
    this.history = new History(this.settings);
    this.#connection = new Connection(model, root, scope);
    this.requests = new Requests(model, scope, {
      patience: (patience) => this.notices.setPatience(patience, this.awaited()),
      lost: () => this.#connection.lost(),
    });
  }

  act(verb: string, changes: Partial<Pick<State, Writable>>): void {
    try {
      this.history.act(verb, this.addressOf(changes), changes);
    } catch (error) {
      this.alert(messageOf(error));
    }
  }

  invalidate(change: ChangeOf<Writable, Own>): void {
    this.#changes.add(change);
    this.#drawSoon();
  }

  alert(message: string): void {
    this.#alerts++;
    this.notices.setAlert(message);
  }

  /** Draw the panels, now and whenever something changes: the last step of opening. */
  protected start(panels: readonly Panel<ChangeOf<Writable, Own>>[]): void {
    this.#panels = panels;
    this.#forgetAlerts();
    this.#hear();
    this.#connection.watch((detached) => this.#setDetached(detached));
    this.#draw();
  }

  /** Called after a setting changed, whoever changed it. */
  protected settingChanged(name: Writable | keyof Remembered): void {
    this.invalidate(name);
    this.want();
  }

  /** To what an act is done, for people: "L3.H2", or "". */
  protected abstract addressOf(changes: Partial<Pick<State, Writable>>): string;

  /** What a person sees to be missing while the kernel is slow, or "". */
  protected abstract awaited(): string;

  /** Fetch what the present settings need and the page lacks. */
  protected abstract want(): void;

  /** Whether to leave this frame as it is, since what it lacks is about to come. */
  protected holds(): boolean {
    return false;
  }

  /** Bring up to date what panels draw from, before they do. */
  protected abstract prepare(changed: ReadonlySet<ChangeOf<Writable, Own>>): void;

  /** What is seen, in a sentence. */
  protected abstract status(): string;

  #forgetAlerts(): void {
    const on = (type: "pointerdown" | "click" | "keydown", heard: () => void) =>
      this.scope.listen(this.#root, type, heard, { capture: true });
    const forget = () => this.notices.setAlert(null);
    /** How many there were when a press began; null while there is none. */
    let before: number | null = null;
    on("pointerdown", () => {
      before = this.#alerts;
    });
    on("keydown", forget);
    on("click", () => {
      // What a gesture led to as it ended stays: its click comes after that.
      if (before === null || before === this.#alerts) forget();
      before = null;
    });
  }

  #hear(): void {
    const model = this.#model;
    const heard = (content: { type?: string; message?: string } | null) => {
      this.#connection.alive();
      if (content?.type !== "refused") return;
      this.settings.takeAll();
      this.alert(content.message ?? "");
    };
    model.on("msg:custom", heard);
    this.scope.onDispose(() => model.off("msg:custom", heard));
  }

  #setDetached(detached: boolean): void {
    this.detached = detached;
    this.invalidate("values");
    this.requests.setDetached(detached);
    this.notices.setDetached(detached);
    if (!detached) this.want();
  }

  /** Whoever waits for what is seen waits no longer for what Python hears of it. */
  #frame(): void {
    if (this.holds()) {
      this.#isHeld = true;
      this.#drawSoon();
      return;
    }
    if (this.#isHeld) this.#saveSoon();
    else this.#save();
    this.#isHeld = false;
    this.#draw();
  }

  #save(): void {
    if (!this.detached) this.settings.save();
  }

  #draw(): void {
    const start = performance.now();
    this.prepare(this.#changes);
    for (const panel of this.#panels) panel.update(this.#changes);
    if (contains(this.#changes, ...this.#names)) this.notices.say(this.status());
    this.#changes.clear();
    performance.measure("vw:paint", { start });
    performance.clearMeasures("vw:paint"); // observers have it; the timeline would grow
  }
}
