import type { Scope } from "../../../core/dispose";
import { element, setText } from "../../../core/dom";
import { Rover } from "../../../core/rove";
import { short } from "../numbers";
import type { Part } from "../parts";
import { WORDS } from "../words";

interface Row {
  root: HTMLElement;
  button: HTMLButtonElement;
  name: HTMLElement;
  bar: HTMLElement;
  value: HTMLElement;
}

/** Signed bars that share one zero line. */
export class Bars {
  readonly root = element("ul.vw-bars");
  readonly #rover: Rover;
  readonly #rows: Row[] = [];
  #parts: readonly Part[] = [];
  #count = -1;

  /** @param open called with the part that a person chooses */
  constructor(scope: Scope, open: (part: Part) => void) {
    this.#rover = new Rover(this.root, scope);
    scope.listen(this.root, "click", ({ target }) => {
      const button = target instanceof Element ? target.closest("button") : null;
      const at = this.#rows.findIndex((row) => row.button === button);
      const part = this.#parts[at];
      if (part?.address) open(part);
    });
  }

  /** @param name of what these are the parts of, for a screen reader */
  update(parts: readonly Part[], name: string, opened: string): void {
    this.#parts = parts;
    this.root.setAttribute("aria-label", WORDS.parts(name));
    this.#size(parts.length);
    const { low, high } = span(parts);
    const share = (value: number) => (100 * value) / (high - low || 1);
    const zero = -share(low);
    this.root.style.setProperty("--vw-zero", `${zero}%`);
    parts.forEach((part, index) => {
      const row = this.#rows[index] as Row;
      const { value } = part;
      setText(row.name, part.name);
      setText(row.value, short(value));
      row.bar.style.left = `${zero + Math.min(0, share(value))}%`;
      row.bar.style.width = `${Math.abs(share(value))}%`;
      row.bar.classList.toggle("vw-negative", value < 0);
      const isOpened = part.address !== "" && part.address === opened;
      row.button.classList.toggle("vw-opened", isOpened);
      row.button.ariaDisabled = String(part.address === "");
    });
  }

  #size(count: number): void {
    if (count === this.#count) return;
    this.#count = count;
    while (this.#rows.length < count) this.#rows.push(makeRow());
    const shown = this.#rows.slice(0, count);
    this.root.replaceChildren(...shown.map(({ root }) => root));
    this.#rover.arrange(shown.map(({ button }) => [button]));
  }
}

/** From the least value to the greatest, 0 always inside. */
function span(parts: readonly Part[]): { low: number; high: number } {
  let [low, high] = [0, 0];
  for (const { value } of parts) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return { low, high };
}

function makeRow(): Row {
  const name = element("span.vw-bar-name");
  const bar = element("span.vw-signed");
  const track = element("span.vw-track", { "aria-hidden": "true" }, [bar]);
  const value = element("span.vw-number");
  const button = element("button.vw-bar-row", [name, " ", track, value]);
  return { root: element("li", [button]), button, name, bar, value };
}
