import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";
import { ILauncher } from "@jupyterlab/launcher";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import type { LabIcon } from "@jupyterlab/ui-components";
import lessons from "lessons";
import tutorials from "tutorials";
import { orSay } from "../failure";
import { explorerIcon, lessonIcon, tutorialIcon } from "../icon";
import { DOMAIN, type Place } from "../place";
import { chosenModel, preferences, SETTINGS } from "../preferences";
import { explorerNotebook, lessonNotebook } from "./made_notebook";
import { openNotebook } from "./open_notebook";

export const startPlugin: JupyterFrontEndPlugin<void> = {
  id: SETTINGS,
  description: "Opens tutorials, lessons, and a notebook to explore with.",
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
  readonly icon: LabIcon;
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
      icon: start.icon,
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
  return [
    ...tutorials.map((tutorial) => tutorialStart(place, tutorial)),
    ...lessons.map((lesson) => lessonStart(place, lesson)),
    explorerStart(place),
  ];
}

function tutorialStart(place: Place, tutorial: (typeof tutorials)[number]): Start {
  const { trans } = place;
  const { stem, title, notebook } = tutorial;
  return {
    name: stem.replaceAll("_", "-"),
    label: trans.__(title),
    inPalette: trans.__("Open the tutorial “%1”", trans.__(title)),
    caption: trans.__("Opens a fresh copy of this tutorial, a notebook"),
    icon: tutorialIcon,
    open: (folder) => openNotebook(place, folder, { stem, notebook, run: "nothing" }),
  };
}

function lessonStart(place: Place, { name, title }: (typeof lessons)[number]): Start {
  const { trans } = place;
  const label = trans.__("Lesson: %1", trans.__(name.replaceAll("-", " ")));
  return {
    name: `lesson-${name}`,
    label,
    inPalette: trans.__("Open the lesson “%1”", trans.__(title)),
    caption: trans.__("%1: questions that you answer in a view", trans.__(title)),
    icon: lessonIcon,
    open: (folder) =>
      openNotebook(place, folder, {
        stem: `lesson-${name}`,
        notebook: lessonNotebook(name, trans),
        run: "all",
      }),
  };
}

function explorerStart(place: Place): Start {
  const { settings, trans } = place;
  return {
    name: "explorer",
    label: trans.__("New explorer"),
    inPalette: trans.__("New explorer"),
    caption: trans.__("Opens a notebook with a model, a picture, and a cell a view"),
    icon: explorerIcon,
    open: async (folder) => {
      const chosen = await preferences(settings);
      await openNotebook(place, folder, {
        stem: "explorer",
        notebook: explorerNotebook(chosen, trans),
        run: "first",
        model: chosenModel(chosen, trans),
      });
    },
  };
}
