import { className } from "../../core/classes/class_facts";
import { element, group, setAria, setText } from "../../core/dom";
import { tokenAfterKey } from "../../core/picture/token_reading";
import { contains } from "../../core/view/panel";
import { type Lens, layerName, type Overlay, type Panel, readToken } from "../lens";
import { WORDS } from "../words";
import { LensPainting } from "./lens_painting";
import { PrefixCells } from "./prefix_cells";
import { ScaleBar } from "./scale_bar";
import { ZoomStage } from "./zoom_stage";

/** The picture with what its patches say, and the tokens beside it. */
export function picturePanel(
  lens: Lens,
  overlays: readonly Overlay[],
): Panel & { readonly tooSmall: boolean } {
  const { facts, scope, settings, pointed } = lens;
  const choose = (token: number) => lens.act(WORDS.choose, { token });
  const stage = new ZoomStage(facts, WORDS.picture, scope, {
    changed: () => lens.invalidate("window"),
    click: choose,
  });
  const missing = element("div.vw-loading", { hidden: "" });
  const markSelected = stage.addMark("vw-query");
  const markPointed = stage.addMark("vw-probe");
  const painting = new LensPainting(lens, stage, overlays);
  const prefix = new PrefixCells(lens, choose);
  const bar = new ScaleBar();
  const zoom = zoomButtons(lens, stage);
  stage.root.append(missing);
  scope.onResize(stage.canvas, () => lens.invalidate("size"));
  scope.onPixelRatio(() => lens.invalidate("size"));
  listenToTokens(lens, stage, choose);
  const parts = [zoom.root, stage.root, bar.root, prefix.root];
  return {
    root: element("div.vw-panel.vw-picture-panel", parts),
    get tooSmall() {
      return painting.tooSmall;
    },
    update(changed) {
      if (changed.has("size")) painting.resize();
      if (!onlyPointed(changed)) {
        painting.paint();
        prefix.update(changed);
        bar.update(lens.colouring);
        zoom.update();
        setText(missing, lens.missing ?? "");
        missing.hidden = lens.missing === null;
        stage.root.classList.toggle("vw-stale", lens.stale);
      }
      markSelected([settings.get("token")]);
      markPointed(pointed.token === null ? [] : [pointed.token]);
      stage.speak(readToken(lens), spoken(lens, readToken(lens)));
    },
  };
}

/** The pointer reads tokens; keys walk to them. */
function listenToTokens(
  { scope, settings, pointed, facts }: Lens,
  stage: ZoomStage,
  choose: (token: number) => void,
): void {
  stage.onPoint(scope, (token) => {
    if (stage.isWhole || !stage.pressed) pointed.set(token);
  });
  scope.listen(stage.canvas, "pointerleave", () => pointed.set(null));
  scope.listen(stage.root, "keydown", (event) => {
    const to = tokenAfterKey(event, facts.grid, settings.get("token"));
    if (to === null || event.shiftKey) return;
    event.preventDefault();
    pointed.set(null); // the keys lead now, wherever the pointer rests
    choose(to);
    stage.reveal(to);
  });
}

/** A pointer that passes over patches moves a mark, and paints nothing anew. */
function onlyPointed(changed: ReadonlySet<string>): boolean {
  return contains(changed, "pointed") && changed.size === 1;
}

/** What a screen reader hears of a token. */
function spoken({ facts, readings, settings, colouring }: Lens, token: number): string {
  const layer = settings.get("layer");
  const name = className(facts.classes, readings.top(layer, token));
  const share = WORDS.percent(readings.probability(layer, token));
  const place = WORDS.atLayer(facts.grid.name(token), layerName(layer));
  const value = colouring?.value?.(layer, token);
  return `${place}: ${WORDS.says(name, share)}${value ? `; ${value}` : ""}`;
}

function zoomButtons(
  lens: Lens,
  stage: ZoomStage,
): { root: HTMLElement; update(): void } {
  const make = (text: string, label: string, act: () => void) => {
    const attributes = { class: "vw-button", "aria-label": label };
    const button = element("button", attributes, [text]);
    lens.scope.listen(button, "click", act);
    return button;
  };
  const closer = make("+", WORDS.closer, () => stage.closer());
  const farther = make("−", WORDS.farther, () => stage.farther());
  const all = make(WORDS.whole, WORDS.wholePicture, () => stage.all());
  return {
    root: element("div.vw-zoom", [
      group("div.vw-switch", WORDS.zoom, [closer, farther, all]),
    ]),
    update() {
      for (const button of [farther, all]) {
        setAria(button, "disabled", stage.isWhole);
      }
    },
  };
}
