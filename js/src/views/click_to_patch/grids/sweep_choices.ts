import { element, group, setText } from "../../../core/dom";
import { Switch } from "../../../core/view/switch";
import type { Patcher } from "../patcher";
import * as WORDS from "./words";

/** What a sweep measures, and which way it goes, each with a line that explains it. */
export function sweepChoices(view: Patcher) {
  const metric = new Switch(view, "metric", WORDS.metric, WORDS.metrics);
  const direction = new Switch(view, "direction", WORDS.direction, WORDS.directions);
  const hint = element("p.vw-muted");
  const switches = element("div.vw-controls", [metric.root, direction.root]);
  return {
    root: group("div.vw-sweep-choices", WORDS.asks, [switches, hint]),
    update() {
      const { settings } = view;
      metric.update();
      direction.update();
      const measured = WORDS.metricHints[settings.get("metric")];
      setText(hint, `${measured} ${WORDS.directionHints[settings.get("direction")]}`);
    },
  };
}
