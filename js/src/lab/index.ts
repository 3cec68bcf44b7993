import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, showErrorMessage } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { LabIcon } from "@jupyterlab/ui-components";
import iconSvg from "../../../style/icon.svg";
import { openExample } from "./open_example";

const COMMAND = "vitwidgets:open-attention-head-tour";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "vitwidgets:plugin",
  description: "Opens a fresh copy of the attention head tour.",
  autoStart: true,
  optional: [ILauncher, ICommandPalette, IDefaultFileBrowser, ITranslator],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  launcher: ILauncher | null,
  palette: ICommandPalette | null,
  browser: IDefaultFileBrowser | null,
  translator: ITranslator | null,
): void {
  const trans = (translator ?? nullTranslator).load("vitwidgets");
  const category = trans.__("Vision Transformers");

  app.commands.addCommand(COMMAND, {
    label: (args) =>
      args.isPalette === true
        ? trans.__("Open the Attention Head Tour")
        : trans.__("Attention Head Tour"),
    caption: trans.__(
      "Look at every attention head of a trained vision transformer, in a fresh notebook",
    ),
    icon: new LabIcon({ name: "vitwidgets:attention-head-tour", svgstr: iconSvg }),
    execute: async (args) => {
      // The launcher says which folder it stands for; the palette knows none.
      const folder =
        typeof args.cwd === "string" ? args.cwd : (browser?.model.path ?? "");
      try {
        await openExample(app, folder, trans);
      } catch (error) {
        const message = error instanceof Error ? error : String(error);
        await showErrorMessage(
          trans.__("The attention head tour could not be opened"),
          message,
        );
      }
    },
  });
  launcher?.add({ command: COMMAND, category });
  palette?.addItem({ command: COMMAND, category, args: { isPalette: true } });
}

export default plugin;
