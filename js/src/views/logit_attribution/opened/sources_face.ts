import { background, strongest } from "../../../core/diverging";
import { element, setText } from "../../../core/dom";
import { signedBar } from "../../../core/picture/signed_bar";
import { Stage } from "../../../core/picture/stage";
import { readTokens } from "../../../core/picture/token_reading";
import type { Attribution, Change } from "../attribution";
import { scaleTexts, short, signed } from "../numbers";
import { unitOf } from "../quantity";
import { WORDS } from "../words";
import { SourceHeat } from "./source_heat";

/** What a head took from each token: over the picture, and beside it tokens that have no
 * place there. */
export class SourcesFace {
  readonly root: HTMLElement;
  readonly #view: Attribution;
  readonly #heat: SourceHeat;
  readonly #stage: Stage;
  readonly #mark: (tokens: readonly number[]) => void;
  readonly #bar = signedBar();
  readonly #prefix: readonly HTMLElement[];
  readonly #readout = element("p.vw-caption.vw-readout");
  #pointed: number | null = null;
  #hasSize = false;

  constructor(view: Attribution) {
    this.#view = view;
    const { facts, scope } = view;
    const stage = new Stage(facts, "vw-sources", WORDS.sources);
    this.#stage = stage;
    this.#mark = stage.addMark("vw-probe");
    this.#heat = new SourceHeat(facts, stage.canvas);
    this.#prefix = facts.grid.prefixNames.map((name, token) =>
      this.#prefixCell(name, token),
    );
    const cells = element("div.vw-prefix-cells", this.#prefix);
    cells.hidden = this.#prefix.length === 0;
    this.root = element("div", [stage.root, cells, this.#bar.root, this.#readout]);
    const reading = {
      from: () => this.#pointed ?? this.#strongest(),
      read: (token: number | null) => this.#point(token),
    };
    readTokens(stage, facts.grid, reading, scope);
    scope.onResize(stage.canvas, () => {
      this.#hasSize = false;
      view.invalidate("size");
    });
    scope.onPixelRatio(() => {
      this.#hasSize = false;
      view.invalidate("size");
    });
  }

  update(_changed: ReadonlySet<Change>): void {
    const { sources, shown } = this.#view;
    if (!sources || !shown) return;
    if (!this.#hasSize) this.#heat.resize();
    this.#hasSize = true;
    const { values } = sources;
    const most = strongest(values.subarray(this.#view.facts.grid.prefix));
    this.#heat.paint(values, most);
    this.#bar.update(scaleTexts(most, unitOf(shown.quantity.measure)));
    this.#prefix.forEach((cell, token) => {
      const value = values[token] ?? 0;
      const [swatch, , number] = cell.children;
      const beyond = Math.abs(value) > most;
      (swatch as HTMLElement).style.backgroundColor = background(value, most);
      cell.title = beyond ? WORDS.beyond : "";
      setText(number as HTMLElement, short(value) + (beyond ? " ▲" : ""));
    });
    this.#read();
  }

  #point(token: number | null): void {
    if (token === this.#pointed) return;
    this.#pointed = token;
    this.#read();
  }

  #read(): void {
    const { sources, facts } = this.#view;
    if (!sources) return;
    const token = this.#pointed ?? this.#strongest();
    const number = signed(sources.values[token] ?? 0);
    const text = WORDS.bar(facts.grid.name(token), number);
    setText(this.#readout, this.#pointed === null ? WORDS.strongest(text) : text);
    this.#mark(this.#pointed === null ? [] : [this.#pointed]);
    this.#stage.speak(token, text);
  }

  #strongest(): number {
    const values = this.#view.sources?.values ?? new Float32Array();
    return Math.max(
      0,
      values.findIndex((each) => Math.abs(each) === strongest(values)),
    );
  }

  #prefixCell(name: string, token: number): HTMLElement {
    const cell = element("span.vw-prefix-cell", [
      element("span.vw-swatch"),
      element("span", [name]),
      element("span.vw-number"),
    ]);
    const { scope } = this.#view;
    scope.listen(cell, "pointerenter", () => this.#point(token));
    scope.listen(cell, "pointerleave", () => this.#point(null));
    return cell;
  }
}
