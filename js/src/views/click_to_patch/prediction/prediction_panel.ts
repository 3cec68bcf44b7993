import { element, group, setAria, setText } from "../../../core/dom";
import { signed } from "../../../core/numbers";
import { button } from "../../../core/view/buttons";
import { contains } from "../../../core/view/panel";
import { nameOf } from "../facts";
import { reasonNoFlip } from "../findings/reasons";
import type { Panel, Patcher, Prediction } from "../patcher";
import { ClassRows } from "./class_rows";
import { headline } from "./headline";
import * as WORDS from "./words";

/** What the model says now, beside what it says when nothing is edited. */
export function predictionPanel(view: Patcher): Panel {
  const line = headline(view);
  const difference = element("p.vw-difference");
  const missing = element("p.vw-missing", { hidden: "" });
  const rows = new ClassRows(view);
  const show = () => view.showProof();
  const proof = button(view.scope, [WORDS.proof], show, ".vw-alone");
  proof.title = WORDS.proofHint;
  const legend = element("span.vw-muted.vw-what", [WORDS.legend]);
  const shown = element("div.vw-shown", [line.root, difference, rows.root]);
  const foot = element("div.vw-controls.vw-prediction-foot", [proof, legend]);
  const heading = element("p.vw-heading.vw-strong", [WORDS.heading]);
  const parts = [heading, missing, shown, foot];
  const root = group("div.vw-prediction", WORDS.prediction, parts);
  return {
    root,
    update(changed) {
      if (!contains(changed, "prediction", "target", "source", "emoji")) return;
      const { clean, prediction, stale } = view;
      const why = view.missing;
      setAria(root, "busy", stale && why === null);
      shown.classList.toggle("vw-waits", stale);
      missing.hidden = why === null;
      setText(missing, why === null ? "" : `${why} ${WORDS.notOfThese}`);
      shown.hidden = prediction === null;
      if (!prediction) return;
      line.update(clean, prediction, changed.has("emoji"));
      setText(difference, differenceLine(view, prediction));
      rows.update(clean, prediction, changed.has("emoji"));
    },
  };
}

/** How far the wanted class is ahead of what the clean image shows. */
function differenceLine(view: Patcher, { edits, logits }: Prediction): string {
  const { facts, wanted, clean } = view;
  const none = reasonNoFlip(view);
  if (none) return none;
  const of = (each: Float32Array) => (each[wanted] ?? 0) - (each[facts.top] ?? 0);
  const [before, now] = [signed(of(clean.logits), 3), signed(of(logits), 3)];
  const values = edits.length > 0 ? WORDS.change(before, now) : before;
  return `${WORDS.difference(nameOf(facts, wanted), nameOf(facts, facts.top))}: ${values}`;
}
