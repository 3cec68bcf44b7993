import { siteAddress, tokenOfLabel } from "../../../core/address";
import { element, group, setAria, setText } from "../../../core/dom";
import { sameJson } from "../../../core/json_values";
import type { PatchEdit } from "../../../core/state.gen";
import { button } from "../../../core/view/buttons";
import { contains } from "../../../core/view/panel";
import { choiceOf } from "../choice";
import { digits } from "../digits";
import { placeName } from "../edits/names";
import type { Change, Panel, Patcher } from "../patcher";
import { notHeld } from "../words";
import { PatchPicture, type PictureActs } from "./patch_picture";
import type { Way } from "./stroke";
import { INPUT, swaps, type TokenEdits, tokenEdits } from "./token_edits";
import { type TokenHeat, tokenHeat } from "./token_heat";
import * as WORDS from "./words";

const SHOWN: readonly Change[] = ["heat", "pointed", "emoji", "size"];

/** Both images; the patches of either are taken by clicks, brush or rectangle, and
 * edited at the layer and site that are set. */
export class PicturesPanel implements Panel {
  readonly root: HTMLElement;
  /** What letters do. */
  readonly keys;
  readonly #view: Patcher;
  readonly #clean: PatchPicture;
  readonly #donor: PatchPicture;
  readonly #heat: HTMLButtonElement;
  readonly #caption = element("p.vw-caption.vw-readout");
  #taking: readonly number[] = [];
  #seen: readonly PatchEdit[] = [];

  constructor(view: Patcher) {
    this.#view = view;
    const { scope, facts } = view;
    const labels = (tokens: readonly number[]) =>
      tokens.map((token) => facts.labels[token] ?? "");
    const way = choiceOf<Way>(scope, WORDS.gesture, WORDS.gestures, "click", () => {
      for (const picture of [this.#clean, this.#donor]) {
        picture.setDrawing(way.value() !== "click");
      }
    });
    const acts: PictureActs = {
      way: way.value,
      taking: (tokens) => this.#setTaking(tokens),
      take: (tokens) => view.toggle(addressIn(view), labels(tokens)),
      point: (token) =>
        token === null
          ? view.point("", [])
          : view.point(addressIn(view), labels([token])),
    };
    const donors = new Map(facts.donors.map((each) => [each.name, each.pixels]));
    this.#clean = new PatchPicture(view, WORDS.clean, donors, acts);
    this.#donor = new PatchPicture(view, WORDS.donor, new Map(), acts);
    const heat = () => view.showHeat(view.tokenHeat === null);
    this.#heat = button(scope, [WORDS.heat], heat, ".vw-alone");
    this.#heat.title = WORDS.heatHint;
    this.keys = { g: way.flip, h: heat };
    this.root = group("div.vw-pictures", WORDS.pictures, [
      element("div.vw-controls.vw-picture-tools", [way.root, this.#heat]),
      element("div.vw-picture-pair", [this.#clean.root, this.#donor.root]),
      this.#caption,
    ]);
  }

  update(changed: ReadonlySet<Change>): void {
    const view = this.#view;
    const { facts, donor, settings } = view;
    const edits = settings.get("interventions");
    const address = addressIn(view);
    // Most clicks are on heads, which no picture shows.
    const seen = edits.filter((edit) => [address, INPUT].includes(edit.address));
    if (!contains(changed, ...SHOWN) && sameJson(seen, this.#seen)) return;
    this.#seen = seen;
    const isResized = changed.has("size");
    if (contains(changed, "source", "emoji")) this.#label(changed.has("emoji"));
    const heat = shownHeat(view);
    setAria(this.#heat, "pressed", view.tokenHeat !== null);
    const taking = new Set(this.#taking);
    const marked = { taking, pointed: new Set(pointedIn(view)) };
    const edited = tokenEdits(edits, address, facts.grid);
    const here = { swaps: swaps(edits, facts.grid), edited, heat, ...marked };
    this.#clean.paint(facts.picture, here, isResized);
    // Of the donor's picture: which patches are taken from it.
    const taken = tokenEdits(edits, address, facts.grid, donor.name);
    const there = { swaps: [], edited: taken, heat: null, ...marked };
    this.#donor.paint(donor.pixels, there, isResized);
    const describe = (token: number) => describeToken(view, token, edited, heat);
    this.#clean.speak(describe);
    this.#donor.speak(describe);
    setText(this.#caption, this.#sentence(describe, heat));
  }

  #label(anew: boolean): void {
    const { facts, donor, clean } = this.#view;
    const share = clean.probabilities[facts.top] ?? 0;
    this.#clean.label({ name: WORDS.clean, top: facts.top, share }, anew);
    this.#donor.label({ ...donor, name: WORDS.donorNamed(donor.name) }, anew);
  }

  #sentence(describe: (token: number) => string, heat: TokenHeat | null): string {
    const { pointed, tokenHeat: asked } = this.#view;
    if (this.#taking.length > 1) return WORDS.taken(this.#taking.length);
    const [token] = pointedIn(this.#view);
    if (pointed.address === addressIn(this.#view) && token !== undefined) {
      return describe(token);
    }
    if (!asked) return answers(this.#view, 0) ? WORDS.hint : notHeld;
    if (!heat) return asked.why ?? WORDS.heatAwaited;
    return WORDS.strongest(digits(heat.most), heat.how);
  }

  #setTaking(tokens: readonly number[]): void {
    // A press alone shows nothing yet: most are clicks.
    const shown = tokens.length > 1 ? tokens : [];
    if (shown.length === 0 && this.#taking.length === 0) return;
    this.#taking = shown;
    this.#view.invalidate("pointed");
  }
}

function answers(view: Patcher, token: number): boolean {
  return view.answers(addressIn(view), [view.facts.labels[token] ?? ""]);
}

/** What the patches are edited at. */
function addressIn({ settings }: Patcher): string {
  return siteAddress(settings.get("layer"), settings.get("site"));
}

function shownHeat({ tokenHeat: heat, settings, facts }: Patcher): TokenHeat | null {
  return heat && tokenHeat(heat, settings.get("layer"), facts.tokens);
}

function pointedIn({ pointed, facts }: Patcher): number[] {
  return pointed.tokens
    .map((label) => tokenOfLabel(facts.grid, label))
    .filter((token) => token !== null);
}

function describeToken(
  view: Patcher,
  token: number,
  { on, off }: TokenEdits,
  heat: TokenHeat | null,
): string {
  const how = heat?.isExact(token) ? WORDS.exact : WORDS.approximation;
  const notOn = off.has(token) ? WORDS.switchedOff : WORDS.notEdited;
  const parts = [
    WORDS.at(view.facts.grid.name(token), placeName(addressIn(view))),
    on.has(token) ? WORDS.edited : notOn,
    ...(heat ? [WORDS.value(digits(heat.values[token] ?? 0), how)] : []),
    ...(answers(view, token) ? [] : [notHeld]),
  ];
  return parts.join(" · ");
}
