import { Connection } from "../../core/connection";
import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { History } from "../../core/history";
import { shieldKeys } from "../../core/keyboard";
import { messageOf, Requests } from "../../core/requests";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import { Sync } from "../../core/sync";
import { controlsPanel } from "./controls";
import {
  readSides,
  readTourFacts,
  SETTING_NAMES,
  type Settings,
  type TourModel,
} from "./facts";
import { comfortableWidth } from "./heads/board_layout";
import { headsPanel } from "./heads/heads_panel";
import { Notices } from "./notices";
import { largePanel } from "./picture/large_panel";
import { pickerPanel } from "./picture/picker_panel";
import { pinsPanel } from "./pins/pins_panel";
import { Pointed } from "./pointed";
import { checkSetting } from "./setting_checks";
import { Side } from "./side";
import { SideSwitch } from "./side_switch";
import { stopsPanel } from "./stops/stops_panel";
import { type Change, contains, headName, type Panel, type Tour } from "./tour";
import { undoButtons } from "./undo/undo_buttons";
import { WORDS } from "./words";

/** Build the tour into `host`; everything ends with `scope`. */
export function openTour(model: TourModel, host: HTMLElement, scope: Scope): void {
  const root = element("div", { class: "vw-root vw-tour" });
  host.replaceChildren(root);
  scope.onDispose(() => root.remove());
  shieldKeys(root, scope);
  new TourView(model, root, scope);
}

class TourView implements Tour {
  readonly facts;
  readonly settings: Sync<AttentionHeadTourState, AttentionHeadTourWritable>;
  readonly sides: readonly Side[];
  readonly pointed = new Pointed(() => this.invalidate("pointed"));
  readonly requests: Requests;
  readonly scope: Scope;
  detached = false;
  kept = false;
  readonly #notices = new Notices();
  readonly #history: History<AttentionHeadTourState, AttentionHeadTourWritable>;
  readonly #panels: readonly Panel[];
  readonly #connection: Connection;
  readonly #changes = new Set<Change>([...SETTING_NAMES, "values"]);
  readonly #drawSoon: () => void;

  constructor(model: TourModel, root: HTMLElement, scope: Scope) {
    this.scope = scope;
    this.facts = readTourFacts(model);
    const sides = readSides(model);
    this.#drawSoon = scope.eachFrame(() => this.#draw());
    this.settings = new Sync(model, SETTING_NAMES, scope, {
      check: (name, value) => checkSetting(sides, this.facts, name, value),
      changed: (name) => this.#settingChanged(name),
      refused: (error) => this.alert(messageOf(error)),
    });
    this.#history = new History(this.settings);
    this.#connection = new Connection(model, root, scope);
    this.requests = new Requests(model, scope, {
      patience: (patience) => this.#notices.setPatience(patience, this.#awaited()),
      lost: () => this.#connection.lost(),
    });
    this.sides = sides.map((facts, index) => new Side(this, facts, index));
    this.#panels = this.#assemble(root);
    this.#listen(model, root);
    this.#draw();
  }

  act(verb: string, changes: Partial<Settings>): void {
    try {
      this.#history.act(verb, this.#addressOf(changes), changes);
    } catch (error) {
      this.alert(messageOf(error));
    }
  }

  keep(choice: Pick<Settings, "query" | "region"> | null): void {
    this.kept = choice !== null;
    this.invalidate("query");
    if (choice) this.act(WORDS.keep, choice);
  }

  invalidate(change: Change): void {
    this.#changes.add(change);
    this.#drawSoon();
  }

  alert(message: string): void {
    this.#notices.setAlert(message);
  }

  #assemble(root: HTMLElement): Panel[] {
    const alert = (message: string) => this.alert(message);
    // What was kept may be gone, and pointing must not have stopped for nothing.
    const letGo = () => this.keep(null);
    const undo = undoButtons(this.#history, root, this.scope, alert, letGo);
    const controls = controlsPanel(this, root, undo);
    const pictures = this.sides.flatMap((side) => [
      pickerPanel(this, side),
      largePanel(this, side),
    ]);
    const sideSwitch = new SideSwitch(this);
    const boards = this.sides.map((side) => headsPanel(this, side));
    const heads = element("div", { class: "vw-heads-column" }, [
      sideSwitch.root,
      ...boards.map((panel) => panel.root),
    ]);
    const pins = pinsPanel(this, root);
    const stops = stopsPanel(this, root);
    const panels = element("div", { class: "vw-panels" }, [
      ...pictures.map((panel) => panel.root),
      heads,
    ]);
    const width = Math.max(...this.sides.map(({ facts }) => comfortableWidth(facts)));
    panels.style.setProperty("--vw-board-width", `${width}px`);
    root.append(
      element("div", { class: "vw-header" }, [this.#title(), controls.root]),
      stops.root,
      element("div", { class: "vw-body" }, [panels, pins.root, this.#notices.alert]),
      this.#notices.status,
    );
    return [controls, stops, sideSwitch, ...pictures, ...boards, pins];
  }

  #title(): HTMLElement {
    const names = this.sides.map(({ facts }) => facts.name);
    const [first] = this.sides;
    const size = first
      ? WORDS.size(first.facts.sizes.layers, first.facts.sizes.heads)
      : "";
    return element("div", { class: "vw-title" }, [
      element("span", { class: "vw-strong" }, [[...new Set(names)].join(" · ")]),
      " ",
      element("span", { class: "vw-muted" }, [size]),
      this.#notices.badge,
    ]);
  }

  #listen(model: TourModel, root: HTMLElement): void {
    const forget = () => this.#notices.setAlert(null);
    this.scope.listen(root, "click", forget, { capture: true });
    this.scope.listen(root, "keydown", forget, { capture: true });
    const heard = (content: { type?: string; message?: string } | null) => {
      this.#connection.alive();
      if (content?.type !== "refused") return;
      this.settings.takeAll();
      this.alert(content.message ?? "");
    };
    model.on("msg:custom", heard);
    this.scope.onDispose(() => model.off("msg:custom", heard));
    this.#connection.watch((detached) => {
      this.detached = detached;
      this.invalidate("values");
      this.requests.setDetached(detached);
      this.#notices.setDetached(detached);
      if (!detached) this.#want();
    });
  }

  #settingChanged(name: AttentionHeadTourWritable): void {
    this.invalidate(name);
    if (contains(new Set([name]), "query", "direction", "shown", "region")) {
      this.invalidate("values");
    }
    this.#want();
  }

  #want(): void {
    for (const side of this.sides) side.want();
  }

  /** What a person sees to be missing while the kernel is slow, or "". */
  #awaited(): string {
    return this.sides.find(({ stale }) => stale)?.fetching ?? "";
  }

  #draw(): void {
    const start = performance.now();
    if (!this.detached) this.settings.save();
    if (this.#changes.has("values")) for (const side of this.sides) side.read();
    for (const panel of this.#panels) panel.update(this.#changes);
    if (contains(this.#changes, ...SETTING_NAMES)) this.#sayStatus();
    this.#changes.clear();
    performance.measure("vw:paint", { start });
    performance.clearMeasures("vw:paint"); // observers have it; the timeline would grow
  }

  #addressOf(changes: Partial<Settings>): string {
    if ("layer" in changes || "head" in changes) {
      const layer = changes.layer ?? this.settings.get("layer");
      return headName(layer, changes.head ?? this.settings.get("head"));
    }
    return "query" in changes ? (this.sides[0]?.tokenName ?? "") : "";
  }

  #sayStatus(): void {
    const [side] = this.sides;
    if (!side) return;
    const [shown, layer] = [this.settings.get("shown"), this.settings.get("layer")];
    const head = headName(layer, this.settings.get("head"));
    const place = shown === "rollout" ? WORDS.upToLayer(layer) : head;
    this.#notices.say(`${side.facts.name} · ${place} · ${this.#whatIsSeen(side)}`);
  }

  #whatIsSeen({ tokens, tokenName }: Side): string {
    const [shown, direction] = [
      this.settings.get("shown"),
      this.settings.get("direction"),
    ];
    return shown === "pattern"
      ? `${tokenName} · ${WORDS.directions[direction].toLowerCase()}`
      : WORDS.sentence(shown, tokenName, direction, tokens?.length ?? 0);
  }
}
