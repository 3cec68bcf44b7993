import { element, setText } from "../../../core/dom";
import { Switch } from "../../../core/view/switch";
import { MatrixFace } from "../matrix/matrix_face";
import { MATRIX_WORDS } from "../matrix/matrix_words";
import { PinButton } from "../pins/pin_button";
import type { Side } from "../side";
import { headName, type Panel, type Tour } from "../tour";
import { WORDS } from "../words";
import { PictureFace } from "./picture_face";

/** One head, large: over the picture, or as the matrix of all tokens. */
export function largePanel(tour: Tour, side: Side): Panel {
  const title = element("span", { class: "vw-strong vw-head-name" });
  const sentence = element("span", { class: "vw-muted" });
  const pin = new PinButton(tour);
  const face = new Switch(tour, "large", MATRIX_WORDS.large, MATRIX_WORDS.faces);
  const picture = new PictureFace(tour, side);
  // Most people never open it, and its canvas may be large.
  let matrix: MatrixFace | null = null;
  const place = element("div");
  const group = { class: "vw-panel", role: "group", "aria-label": WORDS.largeView };
  const root = element("div", group, [
    element("div", { class: "vw-heading vw-large-heading" }, [title, " ", sentence]),
    element("div", { class: "vw-large-controls" }, [face.root, pin.root]),
    place,
  ]);
  const showTitle = () => {
    const { settings } = tour;
    const shown = settings.get("shown");
    if (!side.place) {
      setText(title, headName(settings.get("layer"), settings.get("head")));
      setText(sentence, "");
      return;
    }
    const [layer, head] = side.place;
    const name = shown === "rollout" ? WORDS.upToLayer(layer) : headName(layer, head);
    setText(title, name);
    const direction = settings.get("direction");
    const count = side.tokens?.length ?? 1;
    setText(sentence, WORDS.sentence(shown, side.tokenName, direction, count));
  };
  return {
    root,
    update(changed) {
      root.classList.toggle("vw-wordy", tour.settings.get("shown") !== "pattern");
      const asMatrix = tour.settings.get("large") === "matrix";
      showTitle();
      pin.update();
      face.update();
      root.classList.toggle("vw-stale", side.stale && !asMatrix);
      if (asMatrix) matrix ??= new MatrixFace(tour, side);
      const shown = asMatrix && matrix ? matrix : picture;
      if (place.firstChild !== shown.root) place.replaceChildren(shown.root);
      shown.update(changed);
    },
  };
}
