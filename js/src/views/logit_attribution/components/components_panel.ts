import { strongest } from "../../../core/diverging";
import { element, setText } from "../../../core/dom";
import { isPress } from "../../../core/keyboard";
import { signedBar } from "../../../core/picture/signed_bar";
import { contains } from "../../../core/view/panel";
import type { Split } from "../answers";
import type { Attribution, Panel } from "../attribution";
import { heading } from "../heading";
import { scaleTexts, signed } from "../numbers";
import { allParts, inOrder, layerParts, outerParts, type Part } from "../parts";
import { unitOf } from "../quantity";
import { TERMS, WORDS } from "../words";
import { ComponentGrid } from "./component_grid";
import { OutsideParts } from "./outside_parts";

/** Every part as a cell in the colour of what it counts for. */
export function componentsPanel(view: Attribution): Panel {
  const grid = new ComponentGrid(view.scope);
  const outside = new OutsideParts(view.scope);
  const bar = signedBar();
  const readout = element("p.vw-caption.vw-readout");
  const cells = element("div.vw-cells-frame", [grid.root]);
  const group = { class: "vw-panel", role: "group", "aria-label": WORDS.components };
  const root = element("div", group, [
    heading(WORDS.components, WORDS.componentsHint),
    cells,
    outside.root,
    bar.root,
    readout,
  ]);
  let largest: Part | null = null;
  const read = (part: Part | null) => {
    const best = largest ? WORDS.largest(describe(largest)) : "";
    setText(readout, part ? describe(part) : best);
  };
  for (const part of [grid, outside]) listen(view, part, read);
  return {
    root,
    update(changed) {
      const { shown } = view;
      root.classList.toggle("vw-stale", view.stale);
      if (!shown) return;
      if (contains(changed, "values", "target", "versus", "measure")) {
        const { split, quantity } = shown;
        const most = brightest(split);
        grid.update(split, most);
        outside.update(outerParts(split), most);
        bar.update(scaleTexts(most, unitOf(quantity.measure)));
        largest = inOrder(allParts(split), "size")[0] ?? null;
        read(null);
      }
      const component = view.settings.get("component");
      grid.select(component);
      outside.select(component);
    },
  };
}

/** The strongest colour belongs to the largest part of a layer. */
function brightest(split: Split): number {
  const layers = Array.from(split.mlp, (_, layer) => layerParts(split, layer));
  return strongest(layers.flat().map(({ value }) => value));
}

function describe({ name, address, value }: Part): string {
  const text = WORDS.bar(name, signed(value));
  return TERMS[address] ? `${text}. ${TERMS[address]}` : text;
}

/** Let the pointer and the focus read parts, and a click or Enter open them. */
function listen(
  view: Attribution,
  parts: { root: HTMLElement; partOf(target: EventTarget | null): Part | null },
  read: (part: Part | null) => void,
): void {
  const { scope } = view;
  const { root } = parts;
  for (const type of ["pointerover", "focusin"] as const) {
    scope.listen(root, type, ({ target }) => read(parts.partOf(target)));
  }
  for (const type of ["pointerleave", "focusout"] as const) {
    scope.listen(root, type, () => read(null));
  }
  const open = (target: EventTarget | null) => {
    const part = parts.partOf(target);
    if (part) view.open(part.address);
    return part !== null;
  };
  scope.listen(root, "click", ({ target }) => void open(target));
  scope.listen(root, "keydown", (event) => {
    const isButton = event.target instanceof HTMLButtonElement; // it clicks by itself
    if (!isButton && isPress(event) && open(event.target)) event.preventDefault();
  });
}
