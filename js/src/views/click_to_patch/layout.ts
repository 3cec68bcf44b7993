import { element } from "../../core/dom";
import { viewHeader } from "../../core/view/header";
import type { Notices } from "../../core/view/notices";
import type { undoButtons } from "../../core/view/undo_buttons";
import { editsPanel } from "./edits/edits_panel";
import { findingsPanel } from "./findings/findings_panel";
import { gridsPanel } from "./grids/grids_panel";
import type { Panel, Patcher } from "./patcher";
import { PicturesPanel } from "./pictures/pictures_panel";
import { predictionPanel } from "./prediction/prediction_panel";
import { toolbarPanel } from "./toolbar/toolbar_panel";
import * as WORDS from "./words";

/** Put the parts of the view into its root, and give them to be drawn. */
export function assemble(
  view: Patcher,
  root: HTMLElement,
  undo: ReturnType<typeof undoButtons>,
  notices: Notices,
): Panel[] {
  const pictures = new PicturesPanel(view);
  const toolbar = toolbarPanel(view, root, undo, pictures.keys);
  const prediction = predictionPanel(view);
  const [grids, edits] = [gridsPanel(view), editsPanel(view)];
  const findings = findingsPanel(view);
  const { name, layers, heads } = view.facts;
  const title = { name, size: WORDS.size(layers, heads), badge: notices.badge };
  const beside = (kind: string, ...parts: readonly Panel[]) =>
    element(
      "div",
      { class: kind },
      parts.map((part) => part.root),
    );
  const body = element("div.vw-body", [
    beside("vw-before-and-after", pictures, prediction),
    beside("vw-workbench", grids, edits),
    findings.root,
    notices.alert,
  ]);
  root.append(viewHeader(title, toolbar.root), body, notices.status);
  return [toolbar, pictures, prediction, grids, edits, findings];
}
