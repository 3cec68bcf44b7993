import { classEmoji, className } from "../../../core/classes/class_facts";
import { element, setText } from "../../../core/dom";
import { EmojiSign } from "../../../core/emoji/emoji_sign";
import { shortNumber } from "../../../core/numbers";
import { type Lens, layerName, type Panel, readToken } from "../lens";
import { isArtifact } from "../picture/patch_marks";
import { WORDS } from "../words";

interface Row {
  sign: EmojiSign;
  name: HTMLElement;
  bar: HTMLElement;
  share: HTMLElement;
}

/** What the token that is read says: its likeliest classes, how undecided it is, and how
 * long its vector is. */
export function readoutPanel(lens: Lens): Panel {
  const title = element("span.vw-strong");
  const hint = element("span.vw-muted");
  const rows = Array.from({ length: lens.readings.tops }, () => makeRow(lens));
  const list = element(
    "ol.vw-tops",
    rows.map(({ sign, name, bar, share }) =>
      element("li.vw-top", [
        sign.root,
        name,
        element("span.vw-top-bar", { "aria-hidden": "true" }, [bar]),
        share,
      ]),
    ),
  );
  const value = element("p.vw-reading");
  const facts = element("p.vw-reading");
  const heading = element("div.vw-heading", [title, " ", hint]);
  const group = { class: "vw-panel", role: "group", "aria-label": WORDS.readout };
  return {
    root: element("div", group, [heading, list, value, facts]),
    update(changed) {
      const token = readToken(lens);
      const layer = lens.settings.get("layer");
      const name = lens.facts.grid.name(token);
      setText(title, WORDS.atLayer(name, layerName(layer)));
      setText(hint, token === lens.settings.get("token") ? WORDS.selected : "");
      rows.forEach((row, k) => {
        showTop(lens, row, k, changed.has("sprites"));
      });
      const shown = lens.colouring?.value;
      value.hidden = !shown || lens.settings.get("mode") === "entropy";
      const barTitle = lens.colouring?.bar?.title ?? "";
      setText(value, shown ? WORDS.valueOf(barTitle, shown(layer, token)) : "");
      setText(facts, aboutToken(lens, layer, token));
    },
  };
}

function makeRow(lens: Lens): Row {
  return {
    sign: new EmojiSign(lens.emoji, 18),
    name: element("span.vw-top-name"),
    bar: element("span.vw-top-share"),
    share: element("span.vw-top-number"),
  };
}

function showTop(lens: Lens, row: Row, k: number, anew: boolean): void {
  const { facts, readings, settings } = lens;
  const [layer, token] = [settings.get("layer"), readToken(lens)];
  const target = readings.top(layer, token, k);
  const probability = readings.probability(layer, token, k);
  row.sign.show(classEmoji(facts.classes, target), anew);
  setText(row.name, className(facts.classes, target));
  row.name.title = facts.classes.descriptions[target] ?? "";
  row.bar.style.width = `${100 * probability}%`;
  setText(row.share, WORDS.percent(probability));
}

function aboutToken({ facts, readings }: Lens, layer: number, token: number): string {
  const most = Math.log(facts.classes.names.length);
  const entropy = WORDS.undecided(readings.entropy(layer, token), most);
  const norm = facts.tokenNorms[(layer + 1) * facts.sizes.tokens + token] ?? 0;
  const parts = [entropy, WORDS.vectorNorm(shortNumber(norm))];
  if (isArtifact(facts, layer, token)) parts.push(WORDS.artifact);
  return parts.join(" · ");
}
