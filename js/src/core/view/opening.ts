import type { AnyModel, AnyWidget } from "@anywidget/types";
import { Scope } from "../dispose";
import { element } from "../dom";
import { shieldKeys } from "../keyboard";
import { messageOf } from "../requests";

/** Builds a view into an element of its own; everything ends with the scope. */
type Open<State extends object> = (
  model: AnyModel<State>,
  root: HTMLElement,
  scope: Scope,
) => void;

/** A widget that shows one view, and opens it anew when what Python says of it changes.
 *
 * It is a factory, so that hosts that cache the module still share nothing between
 * widgets.
 *
 * @param factNames of the state that belongs to Python
 * @param notShown the sentence in place of a view that can't be opened, with the reason
 */
export function viewOf<State extends object>(
  factNames: readonly (string & keyof State)[],
  open: Open<State>,
  notShown: (why: string) => string,
): AnyWidget<State> {
  return () => ({
    render({ model, el, signal }) {
      const scope = new Scope(signal);
      let inner: Scope | null = null;
      const openAnew = () => {
        inner?.dispose();
        inner = new Scope(scope.signal);
        try {
          openInto(el, model, open, inner);
        } catch (error) {
          inner.dispose();
          explain(el, notShown(messageOf(error)));
        }
      };
      const openSoon = scope.eachFrame(openAnew);
      for (const name of factNames) {
        model.on(`change:${name}`, openSoon);
        scope.onDispose(() => model.off(`change:${name}`, openSoon));
      }
      openAnew();
      return () => scope.dispose();
    },
  });
}

function openInto<State extends object>(
  host: HTMLElement,
  model: AnyModel<State>,
  open: Open<State>,
  scope: Scope,
): void {
  const root = element("div.vw-root.vw-view");
  host.replaceChildren(root);
  scope.onDispose(() => root.remove());
  shieldKeys(root, scope);
  open(model, root, scope);
}

function explain(host: HTMLElement, message: string): void {
  const alert = element("p.vw-alert", { role: "alert" }, [message]);
  host.replaceChildren(element("div.vw-root", [alert]));
}
