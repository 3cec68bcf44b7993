import { LabIcon } from "@jupyterlab/ui-components";
import iconSvg from "../../../style/icon.svg";

export const icon = new LabIcon({ name: "vitwidgets:icon", svgstr: iconSvg });
