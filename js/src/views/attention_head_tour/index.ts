import type { AnyWidget } from "@anywidget/types";
import { Scope } from "../../core/dispose";
import { element } from "../../core/dom";
import { messageOf } from "../../core/requests";
import type { AttentionHeadTourState } from "../../core/state.gen";
import { FACT_NAMES, type TourModel } from "./facts";
import { openTour } from "./view";

/** A factory, so that hosts that cache the module still share nothing between widgets. */
const widget: AnyWidget<AttentionHeadTourState> = () => ({
  render({ model, el, signal }) {
    const scope = new Scope(signal);
    let inner: Scope | null = null;
    const open = () => {
      inner?.dispose();
      inner = new Scope(scope.signal);
      openOrExplain(model, el, inner);
    };
    const openSoon = scope.eachFrame(open);
    for (const name of FACT_NAMES) {
      model.on(`change:${name}`, openSoon);
      scope.onDispose(() => model.off(`change:${name}`, openSoon));
    }
    open();
    return () => scope.dispose();
  },
});

function openOrExplain(model: TourModel, el: HTMLElement, scope: Scope): void {
  try {
    openTour(model, el, scope);
  } catch (error) {
    const message = `The tour can't be shown: ${messageOf(error)}`;
    const alert = element("p", { class: "vw-alert", role: "alert" }, [message]);
    el.replaceChildren(element("div", { class: "vw-root" }, [alert]));
    scope.dispose();
  }
}

export default widget;
