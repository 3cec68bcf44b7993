import { element, setText } from "../dom";

/** A colour bar of values for and against, with three numbers under it. */
export function signedBar() {
  const ticks = [0, 50, 100].map((at) => {
    const tick = element("span");
    tick.style.left = `${at}%`;
    return tick;
  });
  const parts = [element("div.vw-bar"), element("div.vw-ticks", ticks)];
  return {
    root: element("div.vw-colour-bar.vw-signed-bar", parts),
    /** @param texts at the left end, in the middle and at the right end */
    update(texts: readonly string[]) {
      for (const [at, tick] of ticks.entries()) setText(tick, texts[at] ?? "");
    },
  };
}
