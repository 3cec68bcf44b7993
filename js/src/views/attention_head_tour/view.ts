import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import { viewHeader } from "../../core/view/header";
import { contains } from "../../core/view/panel";
import { undoButtons } from "../../core/view/undo_buttons";
import { View } from "../../core/view/view";
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
import { largePanel } from "./picture/large_panel";
import { pickerPanel } from "./picture/picker_panel";
import { pinsPanel } from "./pins/pins_panel";
import { Pointed } from "./pointed";
import { checkSetting } from "./setting_checks";
import { Side } from "./side";
import { SideSwitch } from "./side_switch";
import { stopsPanel } from "./stops/stops_panel";
import { type Change, headName, type OwnChange, type Panel, type Tour } from "./tour";
import { WORDS } from "./words";

export class TourView
  extends View<AttentionHeadTourState, AttentionHeadTourWritable, OwnChange>
  implements Tour
{
  readonly facts;
  readonly sides: readonly Side[];
  readonly pointed = new Pointed(() => this.invalidate("pointed"));
  kept = false;

  constructor(model: TourModel, root: HTMLElement, scope: Scope) {
    const facts = readTourFacts(model);
    const sides = readSides(model);
    super(model, root, scope, SETTING_NAMES, (name, value) =>
      checkSetting(sides, facts, name, value),
    );
    this.facts = facts;
    this.sides = sides.map((each, index) => new Side(this, each, index));
    root.classList.add("vw-tour");
    this.start(this.#assemble(root));
  }

  keep(choice: Pick<Settings, "query" | "region"> | null): void {
    this.kept = choice !== null;
    this.invalidate("query");
    if (choice) this.act(WORDS.keep, choice);
  }

  protected override settingChanged(name: AttentionHeadTourWritable): void {
    if (contains(new Set([name]), "query", "direction", "shown", "region")) {
      this.invalidate("values");
    }
    super.settingChanged(name);
  }

  protected addressOf(changes: Partial<Settings>): string {
    if ("layer" in changes || "head" in changes) {
      const layer = changes.layer ?? this.settings.get("layer");
      return headName(layer, changes.head ?? this.settings.get("head"));
    }
    return "query" in changes ? (this.sides[0]?.tokenName ?? "") : "";
  }

  protected awaited(): string {
    return this.sides.find(({ stale }) => stale)?.fetching ?? "";
  }

  protected want(): void {
    for (const side of this.sides) side.want();
  }

  protected prepare(changed: ReadonlySet<Change>): void {
    if (changed.has("values")) for (const side of this.sides) side.read();
  }

  protected status(): string {
    const [side] = this.sides;
    if (!side) return "";
    const [shown, layer] = [this.settings.get("shown"), this.settings.get("layer")];
    const head = headName(layer, this.settings.get("head"));
    const place = shown === "rollout" ? WORDS.upToLayer(layer) : head;
    return `${side.facts.name} · ${place} · ${this.#whatIsSeen(side)}`;
  }

  #assemble(root: HTMLElement): Panel[] {
    const alert = (message: string) => this.alert(message);
    // What was kept may be gone, and pointing must not have stopped for nothing.
    const letGo = () => this.keep(null);
    const undo = undoButtons(this.history, root, this.scope, alert, letGo);
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
      this.#header(controls.root),
      stops.root,
      element("div", { class: "vw-body" }, [panels, pins.root, this.notices.alert]),
      this.notices.status,
    );
    return [controls, stops, sideSwitch, ...pictures, ...boards, pins];
  }

  #header(controls: HTMLElement): HTMLElement {
    const names = this.sides.map(({ facts }) => facts.name);
    const name = [...new Set(names)].join(" · ");
    const [first] = this.sides;
    const size = first
      ? WORDS.size(first.facts.sizes.layers, first.facts.sizes.heads)
      : "";
    return viewHeader({ name, size, badge: this.notices.badge }, controls);
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
