import { element, setText, UNHEARD } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { percent, signed } from "../../../core/numbers";
import type { Patcher, Prediction } from "../patcher";
import { classesShown } from "./classes_shown";
import * as WORDS from "./words";

const COUNT = 10;

interface Row {
  root: HTMLElement;
  sign: EmojiSign;
  name: HTMLElement;
  before: HTMLElement;
  now: HTMLElement;
  bars: HTMLElement;
  share: HTMLElement;
  change: HTMLElement;
}

/** The likeliest classes of both predictions, with their probabilities as bars. */
export class ClassRows {
  readonly root: HTMLElement;
  readonly #view: Patcher;
  readonly #body = element("tbody");
  readonly #rows: Row[] = [];

  constructor(view: Patcher) {
    this.#view = view;
    const head = element("tr", [
      element("th", { scope: "col" }, [WORDS.columns.class]),
      element("th", UNHEARD),
      element("th.vw-number", { scope: "col" }, [WORDS.columns.now]),
      element("th.vw-number", { scope: "col", title: WORDS.points }, [
        WORDS.columns.change,
      ]),
    ]);
    this.root = element("table.vw-table.vw-classes", { "aria-label": WORDS.table }, [
      element("thead", [head]),
      this.#body,
    ]);
  }

  /** @param anew more emoji can be drawn than before */
  update(before: Prediction, now: Prediction, anew: boolean): void {
    const { facts, wanted } = this.#view;
    const { names, emoji } = facts.classes;
    const shown = classesShown(before, now, COUNT);
    while (this.#rows.length < shown.length) this.#add();
    this.#rows.forEach((row, at) => {
      const index = shown[at];
      row.root.hidden = index === undefined;
      if (index === undefined) return;
      const [was, is] = [before, now].map((each) => each.probabilities[index] ?? 0);
      row.sign.show(emoji[index] ?? "", anew);
      setText(row.name, names[index] ?? "");
      row.name.title = names[index] ?? "";
      row.root.classList.toggle("vw-wanted", index === wanted);
      row.root.classList.toggle("vw-was-top", index === facts.top);
      row.before.style.width = `${100 * (was ?? 0)}%`;
      row.now.style.width = `${100 * (is ?? 0)}%`;
      row.bars.title = WORDS.before(percent(was ?? 0));
      setText(row.share, percent(is ?? 0));
      setText(row.change, signed(100 * ((is ?? 0) - (was ?? 0)), 1));
    });
  }

  #add(): void {
    const sign = new EmojiSign(this.#view.emoji, 16);
    const name = element("span.vw-class-name");
    const [before, now] = [element("span.vw-bar-before"), element("span.vw-bar-now")];
    const bars = element("div.vw-odds", [before, now]);
    const share = element("td.vw-number");
    const change = element("td.vw-number.vw-muted");
    const label = element("div.vw-class", [sign.root, name]);
    const root = element("tr", [
      element("th", { scope: "row" }, [label]),
      element("td", UNHEARD, [bars]),
      share,
      change,
    ]);
    this.#body.append(root);
    this.#rows.push({ root, sign, name, before, now, bars, share, change });
  }
}
