import { element, setText, UNHEARD } from "../../../core/dom";
import { shortNumber, trueMinus } from "../../../core/numbers";
import { signedBar } from "../../../core/picture/signed_bar";
import type { Painted } from "./grid_painting";
import * as WORDS from "./words";

/** What colours and frames of cells mean. */
export function heatLegend() {
  const bar = signedBar();
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
      bar.root,
      unit,
      element("div.vw-looks", list, all),
    ]),
    update(
      { plan, values: { most, untouched } }: Painted,
      direction: "denoising" | "noising",
    ) {
      // Only a cell that stands for several tokens can be edited at some of them.
      for (const { name, root } of looks) {
        root.hidden = name === "partly" && plan.byToken;
      }
      bar.root.classList.toggle("vw-blank", most === 0);
      const values = [untouched - most, untouched, untouched + most];
      bar.update(values.map((value) => trueMinus(shortNumber(value, 2))));
      setText(unit, WORDS.scale[direction]);
    },
  };
}
