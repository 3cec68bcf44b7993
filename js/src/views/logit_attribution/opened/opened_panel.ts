import { element, setText } from "../../../core/dom";
import { addressOf, type Level } from "../address";
import type { Sum } from "../answers";
import type { Attribution, Change, Panel, ShownSplit } from "../attribution";
import { Bars } from "../bars/bars";
import { signed, sumLine } from "../numbers";
import { inOrder, neuronParts, partsOf, sumOf } from "../parts";
import { TERMS, WORDS } from "../words";
import { OrderSwitch } from "./order_switch";
import { Path } from "./path";
import { SourcesFace } from "./sources_face";

/** What is opened, taken apart: the way to it, its parts, and their sum. */
export function openedPanel(view: Attribution): Panel {
  const path = new Path(view);
  const order = new OrderSwitch(view);
  const sum = element("p.vw-sum");
  const about = element("p.vw-muted.vw-about");
  const missing = element("p.vw-missing", { role: "status" });
  const bars = new Bars(view.scope, ({ address }) => view.open(address));
  const frame = element("div.vw-bars-frame", [bars.root]);
  const sources = new SourcesFace(view);
  const group = {
    class: "vw-panel vw-opened",
    role: "group",
    "aria-label": WORDS.taken,
  };
  const root = element("div", group, [
    path.root,
    sum,
    about,
    order.root,
    missing,
    frame,
    sources.root,
  ]);

  const showBars = (shown: ShownSplit, level: Level) => {
    const { neurons } = view;
    const parts =
      level.kind === "mlp"
        ? neurons && neuronParts(neurons, level.layer)
        : partsOf(shown.split, level);
    frame.hidden = order.root.hidden = parts === null || level.kind === "head";
    if (!parts || level.kind === "head") return;
    const name = level.kind === "all" ? shown.name : addressOf(level);
    bars.update(inOrder(parts, view.order), name, view.settings.get("component"));
  };
  const show = (changed: ReadonlySet<Change>) => {
    const { shown, level } = view;
    path.update(level);
    order.update();
    const isHere = shown !== null && sumFor(view, shown, level) !== null;
    root.classList.toggle("vw-faded", isHere && (view.stale || view.missing !== null));
    missing.hidden = isHere;
    setText(missing, isHere ? "" : (view.missing ?? ""));
    sum.hidden = !isHere;
    frame.hidden = order.root.hidden = !shown;
    sources.root.hidden = level.kind !== "head" || view.sources === null;
    if (!shown) return;
    const total = sumFor(view, shown, level);
    setText(sum, total ? sumLine(total, nameOf(shown, level)) : "");
    setText(about, aboutLine(view, shown, level));
    showBars(shown, level);
    if (!sources.root.hidden) sources.update(changed);
  };
  const update = (changed: ReadonlySet<Change>) => {
    const focused = focusWithin(root);
    show(changed);
    // What was pressed may be gone: keys and screen readers go on from what it led to.
    if (focused && focused.getClientRects().length === 0) path.focus();
  };
  return { root, update };
}

/** The element that has the focus, in a page or in a shadow of one. */
function focusWithin(root: HTMLElement): Element | null {
  const { activeElement } = root.getRootNode() as Document | ShadowRoot;
  return root.contains(activeElement) ? activeElement : null;
}

function sumFor(view: Attribution, { split }: ShownSplit, level: Level): Sum | null {
  if (level.kind === "head") return view.sources;
  return level.kind === "mlp" ? view.neurons : sumOf(split, level);
}

/** What the parts add up to, in a sum. */
function nameOf({ quantity }: ShownSplit, level: Level): string {
  if (level.kind === "all") return WORDS.shortQuantity[quantity.measure];
  return level.kind === "outside" ? WORDS.start : addressOf(level);
}

/** A sentence on what is opened. */
function aboutLine(view: Attribution, { split }: ShownSplit, level: Level): string {
  const component = view.settings.get("component");
  if (level.kind === "all") return WORDS.openHint;
  if (level.kind === "outside") return TERMS[component] ?? "";
  if (level.kind === "head") return WORDS.tokensOf(addressOf(level));
  if (level.kind !== "mlp") return "";
  const bias = split.mlpBias[level.layer] ?? 0;
  return bias === 0 ? "" : WORDS.besides(addressOf(level), signed(bias));
}
