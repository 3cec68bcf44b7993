import { element, setText, UNHEARD } from "../../../core/dom";
import { shortNumber, trueMinus } from "../../../core/numbers";
import type { Painted } from "./grid_painting";
import * as WORDS from "./words";

/** What colours and frames of cells mean. */
export function heatLegend() {
  const ticks = [0, 50, 100].map((at) => {
    const tick = element("span");
    tick.style.left = `${at}%`;
    return tick;
  });
  const bar = element("div.vw-colour-bar.vw-heat-bar", [
    element("div.vw-bar"),
    element("div.vw-ticks", ticks),
  ]);
  const unit = element("p.vw-muted");
  const looks = Object.entries(WORDS.looks).map(([name, text]) => {
    const cell = element(`span.vw-look-cell.vw-look-${name}`, UNHEARD);
    const root = element("span.vw-look", { role: "listitem" }, [cell, text]);
    return { name, root };
  });
  const list = { role: "list", "aria-label": WORDS.legend };
  const all = looks.map(({ root }) => root);
  return {
    root: element("div.vw-heat-legend", [
      bar,
      unit,
      element("div.vw-looks", list, all),
    ]),
    update({ plan, values }: Painted, direction: "denoising" | "noising") {
      const { most, untouched } = values;
      // Only a cell that stands for several tokens can be edited at some of them.
      for (const { name, root } of looks) {
        root.hidden = name === "partly" && plan.byToken;
      }
      bar.hidden = most === 0;
      for (const [at, tick] of ticks.entries()) {
        setText(tick, trueMinus(shortNumber(untouched + (at - 1) * most, 2)));
      }
      setText(unit, WORDS.scale[direction]);
    },
  };
}
