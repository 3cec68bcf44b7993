import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import tutorials from "tutorials";
import { orSay } from "../failure";
import { icon } from "../icon";
import { DOMAIN, type Place } from "../place";
import { preferences, SETTINGS } from "../preferences";
import { explorerNotebook } from "./made_notebook";
import { openNotebook } from "./open_notebook";

export const startPlugin: JupyterFrontEndPlugin<void> = {
  id: SETTINGS,
  description: "Opens fresh copies of the tutorials, and a notebook to explore with.",
  autoStart: true,
  optional: [
    ILauncher,
    ICommandPalette,
    IDefaultFileBrowser,
    ISettingRegistry,
    ITranslator,
  ],
  activate,
};

/** Something to start from: a card in the launcher, a command in the palette. */
interface Start {
  readonly name: string;
  readonly label: string;
  readonly inPalette: string;
  readonly caption: string;
  open(folder: string): Promise<void>;
}

function activate(
  app: JupyterFrontEnd,
  launcher: ILauncher | null,
  palette: ICommandPalette | null,
  browser: IDefaultFileBrowser | null,
  settings: ISettingRegistry | null,
  translator: ITranslator | null,
): void {
  const trans = (translator ?? nullTranslator).load(DOMAIN);
  const category = trans.__("ViT Widgets");
  // The launcher says which folder it stands for; the palette knows none.
  const folderOf = (cwd: unknown) =>
    typeof cwd === "string" ? cwd : (browser?.model.path ?? "");

  starts({ app, settings, trans }).forEach((start, rank) => {
    const command = `vitwidgets:open-${start.name}`;
    app.commands.addCommand(command, {
      label: (args) => (args.isPalette === true ? start.inPalette : start.label),
      caption: start.caption,
      icon,
      execute: (args) =>
        orSay(trans.__("“%1” could not be opened", start.label), () =>
          start.open(folderOf(args.cwd)),
        ),
    });
    launcher?.add({ command, category, rank });
    palette?.addItem({ command, category, args: { isPalette: true } });
  });
}

function starts(place: Place): Start[] {
  const { trans, settings } = place;
  const lessons = tutorials.map(({ stem, title, notebook }) => ({
    name: stem.replaceAll("_", "-"),
    label: trans.__(title),
    inPalette: trans.__("Open the tutorial “%1”", trans.__(title)),
    caption: trans.__("Opens a fresh copy of this tutorial, a notebook"),
    open: (folder: string) => openNotebook(place, folder, stem, notebook, "nothing"),
  }));
  const explorer = {
    name: "explorer",
    label: trans.__("New explorer"),
    inPalette: trans.__("New explorer"),
    caption: trans.__("Opens a notebook with a model, a picture, and a cell a view"),
    open: async (folder: string) => {
      const notebook = explorerNotebook(await preferences(settings), trans);
      await openNotebook(place, folder, "explorer", notebook, "first");
    },
  };
  return [...lessons, explorer];
}
