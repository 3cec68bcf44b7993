import { element, setText } from "../../../core/dom";
import { Rover } from "../../../core/rove";
import { contains } from "../../../core/view/panel";
import { addressOf, pathTo } from "../address";
import type { Attribution, Panel } from "../attribution";
import { heading } from "../heading";
import { plain, short, signed } from "../numbers";
import { unitOf } from "../quantity";
import { WORDS } from "../words";
import { DepthCurve } from "./depth_curve";
import { type Step, stepsOf } from "./steps";

/** The number as the model goes on: one step for each attention and each MLP. */
export function depthPanel(view: Attribution): Panel {
  const curve = new DepthCurve();
  const group = { class: "vw-steps", role: "group", "aria-label": WORDS.steps };
  const buttons = element("div", group);
  const readout = element("p.vw-caption.vw-readout");
  const rover = new Rover(buttons, view.scope);
  let steps: readonly Step[] = [];
  let pointed: number | null = null;
  const plot = element("div.vw-plot", [curve.root, buttons]);
  const panel = { class: "vw-panel", role: "group", "aria-label": WORDS.overDepth };
  const root = element("div", panel, [
    heading(WORDS.overDepth, WORDS.overDepthHint),
    plot,
    readout,
  ]);
  const read = (index: number | null) => {
    pointed = index;
    curve.point(pointed);
    const step = steps[pointed ?? steps.length - 1];
    setText(readout, step ? describe(step) : "");
  };
  const readAt = ({ target }: Event) => read(indexOf(target));
  view.scope.listen(buttons, "pointerover", readAt);
  view.scope.listen(buttons, "focusin", readAt);
  view.scope.listen(buttons, "pointerleave", () => read(null));
  view.scope.listen(buttons, "focusout", () => read(null));
  view.scope.listen(buttons, "click", ({ target }) => {
    const step = steps[indexOf(target) ?? -1];
    if (step) view.open(step.address);
  });
  view.scope.onResize(plot, () => view.invalidate("size"));

  return {
    root,
    update(changed) {
      const { shown } = view;
      root.classList.toggle("vw-stale", view.stale);
      if (!shown) return;
      const isFresh = contains(changed, "values", "target", "versus", "measure");
      if (isFresh) {
        steps = stepsOf(shown.split);
        annotate(buttons, steps, rover);
      }
      if (isFresh || changed.has("size")) {
        const room = { width: plot.clientWidth, height: plot.clientHeight };
        if (room.width > 0) {
          const layout = curve.draw(
            shown.split.depth,
            room,
            unitOf(shown.quantity.measure),
          );
          buttons.style.setProperty("--vw-step", `${layout.step}px`);
        }
      }
      const way = pathTo(view.level).map(addressOf);
      for (const [index, button] of [...buttons.children].entries()) {
        const isOpen = way.includes(steps[index]?.address ?? "");
        if (isOpen) button.setAttribute("aria-current", "true");
        else button.removeAttribute("aria-current");
      }
      read(pointed);
    },
  };
}

function describe({ name, change, after }: Step): string {
  return WORDS.step(name, signed(change), plain(after));
}

function annotate(buttons: HTMLElement, steps: readonly Step[], rover: Rover): void {
  if (buttons.childElementCount !== steps.length) {
    const made = steps.map((_, index) =>
      element("button.vw-step", { "data-index": `${index}` }),
    );
    buttons.replaceChildren(...made);
    rover.arrange([made]);
  }
  steps.forEach((step, index) => {
    buttons.children[index]?.setAttribute(
      "aria-label",
      WORDS.step(step.name, short(step.change), plain(step.after)),
    );
  });
}

function indexOf(target: EventTarget | null): number | null {
  const button = target instanceof Element ? target.closest(".vw-step") : null;
  return button instanceof HTMLElement ? Number(button.dataset.index) : null;
}
