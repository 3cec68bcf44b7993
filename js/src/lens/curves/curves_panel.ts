import { axisFor } from "../../core/axis";
import { element, setText } from "../../core/dom";
import { EmojiSign } from "../../core/emoji/emoji_sign";
import { shortNumber } from "../../core/numbers";
import { type Lens, layerName, type Panel, readToken } from "../lens";
import { ownChoice } from "../own_choice";
import { WORDS as LENS_WORDS } from "../words";
import { followedCurves, type Measure } from "./followed_curves";
import { type Charted, LayerChart } from "./layer_chart";
import { CURVES_WORDS as WORDS } from "./words";

/** How values of each measure are written on the axis, and beside curves. */
const WRITTEN = {
  probability: {
    tick: (value: number) => String(Number((100 * value).toPrecision(6))),
    write: LENS_WORDS.percent,
  },
  logit: { tick: String, write: (value: number) => shortNumber(value) },
} as const;

/** The likeliest classes of the token that is read, through all layers. */
export function curvesPanel(lens: Lens): Panel {
  const { facts, scope, settings } = lens;
  const title = element("span.vw-strong");
  const names = Array.from({ length: facts.sizes.rows }, (_, row) =>
    layerName(row - 1),
  );
  let measure: Measure = "probability";
  let read: number | null = null;
  const draw = (anew = false) => {
    const token = facts.grid.name(readToken(lens));
    setText(title, WORDS.title(token));
    const charted = chartedOf(lens, measure, read);
    chart.name(WORDS.chart(token, charted.curves.map(({ name }) => name).join(", ")));
    chart.draw(charted, anew);
  };
  const chart = new LayerChart(scope, names, () => new EmojiSign(lens.emoji, 15), {
    read(row) {
      read = row;
      draw();
    },
    drag: (row) => settings.set("layer", row - 1),
    choose: (row) => lens.act(WORDS.go, { layer: row - 1 }),
  });
  scope.onResize(chart.root, () => {
    chart.resize();
    draw();
  });
  const measures = ownChoice(lens, WORDS.show, WORDS.measures, (chosen) => {
    measure = chosen;
    draw();
  });
  const hint = element("span.vw-muted", [WORDS.hint]);
  const said = element("div", [title, " ", hint]);
  const head = element("div.vw-curves-head", [said, measures]);
  return {
    root: element("div.vw-panel.vw-curves", [head, chart.root]),
    update: (changed) => draw(changed.has("sprites")),
  };
}

function chartedOf(lens: Lens, measure: Measure, read: number | null): Charted {
  const { classColours, settings } = lens;
  const followed = followedCurves(lens, readToken(lens), measure);
  const values = followed.flatMap((curve) => [...curve.values]);
  return {
    curves: followed.map(({ target, isChosen, ...curve }) => ({
      ...curve,
      colour: classColours.cssOf(target),
      strong: isChosen,
    })),
    axis: axisFor(measure === "probability" ? [0, ...values] : values),
    unit: WORDS.units[measure],
    ...WRITTEN[measure],
    row: settings.get("layer") + 1,
    read,
  };
}
