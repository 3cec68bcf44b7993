import { classEmoji, className } from "../../core/classes/class_facts";
import { element, group, setText, UNHEARD } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import { shortNumber } from "../../core/numbers";
import { type Lens, layerName, type Panel, readToken } from "../lens";
import { isArtifact } from "../picture/patch_marks";
import { WORDS } from "../words";

interface Row {
  root: HTMLElement;
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
  const rows: Row[] = [];
  const list = element("ol.vw-tops");
  const value = element("p.vw-reading");
  const facts = element("p.vw-reading");
  const heading = element("div.vw-heading", [title, " ", hint]);
  return {
    root: group("div.vw-panel", WORDS.readout, [heading, list, value, facts]),
    update(changed) {
      const token = readToken(lens);
      const layer = lens.settings.get("layer");
      const name = lens.facts.grid.name(token);
      setText(title, WORDS.atLayer(name, layerName(layer)));
      setText(hint, token === lens.settings.get("token") ? WORDS.selected : "");
      while (rows.length < lens.readings.tops) {
        const row = makeRow(lens);
        rows.push(row);
        list.append(row.root);
      }
      rows.forEach((row, k) => {
        row.root.hidden = k >= lens.readings.tops;
        if (!row.root.hidden) showTop(lens, row, k, changed.has("sprites"));
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
  const sign = new EmojiSign(lens.emoji, 18);
  const name = element("span.vw-top-name");
  const bar = element("span.vw-top-share");
  const share = element("span.vw-top-number");
  const track = element("span.vw-top-bar", UNHEARD, [bar]);
  const root = element("li.vw-top", [sign.root, name, track, share]);
  return { root, sign, name, bar, share };
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
