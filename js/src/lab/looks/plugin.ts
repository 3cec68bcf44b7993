import tables from "colour tables";
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { chosenIn, SETTINGS } from "../preferences";

export const looksPlugin: JupyterFrontEndPlugin<void> = {
  id: "vitwidgets:looks",
  description: "Gives views the colour table and the motion that the settings choose.",
  autoStart: true,
  requires: [ISettingRegistry],
  activate,
};

async function activate(
  _app: JupyterFrontEnd,
  registry: ISettingRegistry,
): Promise<void> {
  const settings = await registry.load(SETTINGS);
  apply(settings);
  settings.changed.connect(apply);
}

/** Says on the page what views look for: js/src/core/colours.ts and style/index.css. */
function apply(settings: ISettingRegistry.ISettings): void {
  const { colours, still } = chosenIn(settings);
  const { dataset } = document.documentElement;
  const table = tables[colours];
  if (table === undefined) delete dataset.vwColours;
  else dataset.vwColours = table;
  if (still) dataset.vwStill = "";
  else delete dataset.vwStill;
}
