import { background } from "../../../core/diverging";
import { group, setAria } from "../../../core/dom";
import { button } from "../../../core/view/buttons";
import { onPointing } from "../../../core/view/pointing";
import type { Patcher } from "../patcher";
import type { Drawn } from "./picture_painting";
import * as WORDS from "./words";

/** Tokens that have no place in the picture, as buttons above it. */
export function prefixCells(
  { scope, facts }: Patcher,
  acts: {
    take: (tokens: readonly number[]) => void;
    point: (token: number | null) => void;
  },
) {
  const cells = facts.grid.prefixNames.map((name, token) => {
    const take = () => acts.take([token]);
    const cell = button(scope, [name], take, ".vw-prefix-cell");
    const goes = () => acts.point(null);
    onPointing(scope, cell, () => acts.point(token), goes);
    return cell;
  });
  const root = group("div.vw-prefix-cells", WORDS.prefixTokens, cells);
  root.hidden = cells.length === 0;
  return {
    root,
    update({ edited, pointed, heat }: Drawn) {
      for (const [token, cell] of cells.entries()) {
        setAria(cell, "pressed", edited.on.has(token));
        cell.classList.toggle("vw-pointed", pointed.has(token));
        cell.classList.toggle("vw-off", edited.off.has(token));
        const value = heat?.values[token] ?? 0;
        const colour = heat ? `inset 0 -5px ${background(value, heat.most)}` : "";
        cell.style.boxShadow = colour;
      }
    },
  };
}
