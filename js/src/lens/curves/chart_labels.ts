import { element, setText } from "../../core/dom";

/** What a label says. */
export interface Label {
  colour: string;
  /** Empty for none. */
  emoji: string;
  name: string;
  value: string;
  strong: boolean;
  /** Of its middle, in pixels from the top. */
  place: number;
}

/** Draws an emoji among text. */
export interface Sign {
  readonly root: HTMLElement;
  show(emoji: string, anew?: boolean): void;
}

interface Line {
  root: HTMLElement;
  swatch: HTMLElement;
  sign: Sign;
  name: HTMLElement;
  value: HTMLElement;
}

export const LABEL_HEIGHT = 18;

/** Labels beside the ends of curves. */
export class ChartLabels {
  readonly root = element("ul.vw-chart-labels");
  readonly #makeSign: () => Sign;
  readonly #lines: Line[] = [];

  constructor(makeSign: () => Sign) {
    this.#makeSign = makeSign;
  }

  /** @param anew draw emoji though they are the same */
  show(labels: readonly Label[], anew: boolean): void {
    while (this.#lines.length < labels.length) this.#add();
    for (const [at, line] of this.#lines.entries()) {
      const label = labels[at];
      line.root.hidden = label === undefined;
      if (label) fill(line, label, anew);
    }
  }

  #add(): void {
    const line = {
      swatch: element("span.vw-chart-swatch"),
      sign: this.#makeSign(),
      name: element("span.vw-chart-name"),
      value: element("span.vw-chart-value"),
    };
    const root = element("li", [line.swatch, line.sign.root, line.name, line.value]);
    this.#lines.push({ root, ...line });
    this.root.append(root);
  }
}

function fill(line: Line, label: Label, anew: boolean): void {
  line.swatch.style.background = label.colour;
  line.sign.root.hidden = label.emoji === "";
  line.sign.show(label.emoji, anew);
  setText(line.name, label.name);
  setText(line.value, label.value);
  line.root.title = label.name;
  line.root.classList.toggle("vw-strong", label.strong);
  line.root.style.top = `${label.place - LABEL_HEIGHT / 2}px`;
}
