import { element, group } from "../../../core/dom";
import { contains } from "../../../core/view/panel";
import type { Panel, Patcher } from "../patcher";
import { controlsTab } from "./controls_tab";
import { flipTab } from "./flip_tab";
import { ProofTab } from "./proof_tab";
import { replayTab } from "./replay_tab";
import { Tabs } from "./tabs";
import * as WORDS from "./words";

/** How sure a flip is: proof, controls, replay on other images, the fewest edits. */
export function findingsPanel(view: Patcher): Panel {
  const proof: ProofTab = new ProofTab(view, () => tabs.present === proof);
  const tasks = [controlsTab(view), replayTab(view), flipTab(view)];
  const all = [proof, ...tasks];
  // Not while the view is drawn: what comes would not be.
  const recall = () => {
    const open = tasks.find((tab) => tab === tabs.present);
    if (view.facts.saved) queueMicrotask(() => open?.recall());
  };
  const tabs: Tabs = new Tabs(view.scope, WORDS.findings, all, (tab) => {
    if (tab === proof) proof.want();
    else recall();
  });
  view.onShowProof(() => {
    tabs.open(all.indexOf(proof));
    tabs.focus();
  });
  const heading = element("p.vw-heading.vw-strong", [WORDS.findings]);
  return {
    root: group("div.vw-findings", WORDS.findings, [heading, tabs.root]),
    update(changed) {
      const changes = ["interventions", "target", "source", "task", "values"] as const;
      if (!contains(changed, ...changes)) return;
      for (const tab of all) tab.update();
      recall();
    },
  };
}
