import { LabIcon } from "@jupyterlab/ui-components";
import explorerSvg from "../../../style/explorer.svg";
import iconSvg from "../../../style/icon.svg";
import lessonSvg from "../../../style/lesson.svg";
import tutorialSvg from "../../../style/tutorial.svg";

export const icon = new LabIcon({ name: "vitwidgets:icon", svgstr: iconSvg });
export const tutorialIcon = new LabIcon({
  name: "vitwidgets:tutorial",
  svgstr: tutorialSvg,
});
export const lessonIcon = new LabIcon({ name: "vitwidgets:lesson", svgstr: lessonSvg });
export const explorerIcon = new LabIcon({
  name: "vitwidgets:explorer",
  svgstr: explorerSvg,
});
