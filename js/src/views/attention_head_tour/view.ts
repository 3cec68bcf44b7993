import { AttentionStore } from "../../core/attention";
import { Connection } from "../../core/connection";
import type { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { shieldKeys } from "../../core/keyboard";
import { messageOf, Requests } from "../../core/requests";
import type {
  AttentionHeadTourState,
  AttentionHeadTourWritable,
} from "../../core/state.gen";
import { Sync } from "../../core/sync";
import { controlsPanel } from "./controls";
import { checkSetting, readFacts, SETTING_NAMES, type TourModel } from "./facts";
import { HeadValues } from "./head_values";
import { headsPanel } from "./heads_panel";
import { largePanel } from "./large_panel";
import { Loader } from "./loader";
import { Notices } from "./notices";
import { pickerPanel } from "./picker_panel";
import { comfortableWidth } from "./thumbnails";
import { type Change, contains, headName, type Panel, type Tour } from "./tour";
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
  readonly store: AttentionStore;
  readonly values: HeadValues;
  readonly requests: Requests;
  readonly scope: Scope;
  stale = false;
  detached = false;
  readonly #notices = new Notices();
  readonly #loader: Loader;
  readonly #panels: readonly Panel[];
  readonly #connection: Connection;
  readonly #changes = new Set<Change>([...SETTING_NAMES, "values"]);
  readonly #drawSoon: () => void;

  constructor(model: TourModel, root: HTMLElement, scope: Scope) {
    this.scope = scope;
    this.facts = readFacts(model);
    const { sizes, grid, opening } = this.facts;
    this.store = new AttentionStore(sizes);
    this.store.addRows(opening.query, opening.direction, opening);
    this.values = new HeadValues(sizes, grid);
    this.#drawSoon = scope.eachFrame(() => this.#draw());
    this.settings = new Sync(model, SETTING_NAMES, scope, {
      check: (name, value) => checkSetting(sizes, name, value),
      changed: (name) => this.#settingChanged(name),
      refused: (error) => this.alert(messageOf(error)),
    });
    this.#connection = new Connection(model, root, scope);
    this.requests = new Requests(model, scope, {
      patience: (patience) => this.#notices.setPatience(patience),
      lost: () => this.#connection.lost(),
    });
    this.#loader = new Loader(this.requests, this.store, this.facts, {
      arrived: () => this.invalidate("values"),
      failed: (message) => this.alert(message),
    });
    const controls = controlsPanel(this, root);
    const pictures = [pickerPanel(this), largePanel(this), headsPanel(this)];
    this.#panels = [controls, ...pictures];
    this.#assemble(root, controls, pictures);
    this.#listen(model, root);
    this.#draw();
  }

  get busy(): boolean {
    if (this.detached) return false;
    const { delivery, sizes } = this.facts;
    return delivery === "rows" ? this.stale : this.store.loadedLayers < sizes.layers;
  }

  invalidate(change: Change): void {
    this.#changes.add(change);
    this.#drawSoon();
  }

  alert(message: string): void {
    this.#notices.setAlert(message);
  }

  #assemble(root: HTMLElement, controls: Panel, pictures: readonly Panel[]): void {
    const { layers, heads } = this.facts.sizes;
    const title = element("div", { class: "vw-title" }, [
      element("span", { class: "vw-strong" }, [this.facts.name]),
      " ",
      element("span", { class: "vw-muted" }, [WORDS.size(layers, heads)]),
      this.#notices.badge,
    ]);
    const panels = element("div", { class: "vw-panels" });
    panels.append(...pictures.map((panel) => panel.root));
    panels.style.setProperty("--vw-board-width", `${comfortableWidth(this.facts)}px`);
    root.append(
      element("div", { class: "vw-header" }, [title, controls.root]),
      element("div", { class: "vw-body" }, [panels, this.#notices.alert]),
      this.#notices.status,
    );
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
    if (name === "query" || name === "direction") this.invalidate("values");
    this.#want();
  }

  #want(): void {
    this.#loader.want({
      layer: this.settings.get("layer"),
      query: this.settings.get("query"),
      direction: this.settings.get("direction"),
    });
  }

  #draw(): void {
    const start = performance.now();
    if (!this.detached) this.settings.save();
    if (this.#changes.has("values")) this.#readValues();
    for (const panel of this.#panels) panel.update(this.#changes);
    if (contains(this.#changes, ...SETTING_NAMES)) this.#sayStatus();
    this.#changes.clear();
    performance.measure("vw:paint", { start });
    performance.clearMeasures("vw:paint"); // observers have it; the timeline would grow
  }

  #readValues(): void {
    const [query, direction] = [
      this.settings.get("query"),
      this.settings.get("direction"),
    ];
    // Where only rows travel, the last picture stays (dimmed) until the next has come.
    this.stale =
      this.facts.delivery === "rows" && !this.store.hasRows(query, direction);
    if (!this.stale) this.values.read(this.store, query, direction);
  }

  #sayStatus(): void {
    const { grid, name } = this.facts;
    const head = headName(this.settings.get("layer"), this.settings.get("head"));
    const token = grid.name(this.settings.get("query"));
    const direction = WORDS.directions[this.settings.get("direction")].toLowerCase();
    this.#notices.say(`${name} · ${head} · ${token} · ${direction}`);
  }
}
