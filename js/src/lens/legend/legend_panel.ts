import { element, group, setText } from "../../core/dom";
import { VIEW_WORDS } from "../../core/view/words";
import { chooseClass, clearClass } from "../chosen_class";
import type { Kind } from "../highlight";
import type { Change, Lens, Panel } from "../lens";
import { WORDS } from "../words";
import { countPatches } from "./counts";
import { LegendEntry } from "./legend_entry";

/** How many kinds are named before one asks for all. */
const NAMED = 10;

/** Which classes the patches of the present layer hold, and how many each. */
export function legendPanel(lens: Lens): Panel {
  const title = element("div.vw-heading");
  const hint = element("p.vw-muted.vw-legend-hint");
  const list = element("div.vw-legend");
  const more = element("button.vw-button.vw-legend-more");
  const entries: LegendEntry[] = [];
  let all = false;
  const update = (changed: ReadonlySet<Change>) => {
    const { settings } = lens;
    const mode = settings.get("mode");
    const of = mode === "superclass" ? "superclass" : "class";
    const counts = countPatches(lens, settings.get("layer"), of);
    const shown = all ? counts : counts.slice(0, NAMED);
    while (entries.length < shown.length) {
      const entry = new LegendEntry(lens, (kind) => chooseKind(lens, kind));
      entries.push(entry);
      list.append(entry.root);
    }
    entries.forEach((entry, at) => {
      const count = shown[at];
      if (!count) entry.hide();
      else {
        const pressed = isChosen(lens, of, count.index);
        entry.show(of, count, pressed, changed.has("sprites"));
      }
    });
    setText(title, of === "superclass" ? WORDS.legendSuper : lens.words.legend);
    setText(hint, hintOf(lens, mode));
    const rest = counts.length - NAMED;
    more.hidden = rest <= 0;
    setText(more, all ? WORDS.fewer : WORDS.more(rest));
  };
  lens.scope.listen(more, "click", () => {
    all = !all;
    update(new Set());
  });
  return {
    root: group("div.vw-panel", lens.words.legend, [title, list, more, hint]),
    update(changed) {
      // A pointer that passes over patches changes nothing here.
      if (changed.size === 1 && changed.has("pointed")) return;
      update(changed);
    },
  };
}

function hintOf({ words }: Lens, mode: string): string {
  if (mode === "superclass") return WORDS.legendSuperHint;
  return mode === "mask" ? words.legendMaskHint : words.legendHint;
}

function isChosen({ settings }: Lens, of: Kind["of"], index: number): boolean {
  if (of === "superclass") return false;
  return settings.get("mode") === "mask"
    ? settings.get("mask").includes(index)
    : settings.get("target") === index;
}

/** A class is studied, or goes into the mask or out of it; of a superclass the mask is
 * made. */
function chooseKind(lens: Lens, { of, index }: Kind): void {
  const { settings, facts } = lens;
  const mask = settings.get("mask");
  if (of === "superclass") {
    const all = facts.superclassOf.flatMap((each, target) =>
      each === index ? [target] : [],
    );
    lens.act(VIEW_WORDS.change, { mode: "mask", mask: all });
  } else if (settings.get("mode") !== "mask") {
    if (isChosen(lens, of, index)) clearClass(lens, WORDS.choose, "target");
    else chooseClass(lens, WORDS.choose, "target", index);
  } else if (mask.includes(index)) {
    lens.act(WORDS.takeOut, { mask: mask.filter((each) => each !== index) });
  } else lens.act(WORDS.putIn, { mask: [...mask, index] });
}
