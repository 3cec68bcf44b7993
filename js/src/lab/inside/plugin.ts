import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IFileBrowserFactory } from "@jupyterlab/filebrowser";
import { type Contents, ServerConnection } from "@jupyterlab/services";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { Menu } from "@lumino/widgets";
import { orSay } from "../failure";
import { icon } from "../icon";
import { folderAndName } from "../paths";
import { DOMAIN, type Place } from "../place";
import { chosenModel, preferences } from "../preferences";
import {
  lookInsideNotebook,
  VIEWS,
  type ViewName,
  viewTitle,
} from "../start/made_notebook";
import { openNotebook } from "../start/open_notebook";
import { beginsLikeAPicture, PICTURES } from "./picture_kind";
import { pointedFile } from "./pointed_file";

const COMMAND = "vitwidgets:look-inside";

export const insidePlugin: JupyterFrontEndPlugin<void> = {
  id: "vitwidgets:look-inside",
  description: "Opens a picture of the file browser in a view.",
  autoStart: true,
  requires: [IFileBrowserFactory],
  optional: [ISettingRegistry, ITranslator],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  { tracker }: IFileBrowserFactory,
  settings: ISettingRegistry | null,
  translator: ITranslator | null,
): void {
  const trans = (translator ?? nullTranslator).load(DOMAIN);
  const place = { app, settings, trans };
  const pointed = pointedFile(tracker);
  app.commands.addCommand(COMMAND, {
    label: (args) => viewTitle(args.view as ViewName, trans),
    execute: async ({ view }) => {
      const picture = pointed();
      if (!picture) return;
      await orSay(trans.__("“%1” could not be opened", picture.name), () =>
        lookInside(place, view as ViewName, picture),
      );
    },
  });

  const submenu = new Menu({ commands: app.commands });
  submenu.id = "jp-contextmenu-vitwidgets";
  submenu.title.label = trans.__("Look inside…");
  submenu.title.icon = icon;
  for (const view of VIEWS) submenu.addItem({ command: COMMAND, args: { view } });
  for (const type of PICTURES) {
    const selector = `.jp-DirListing-item[data-file-type="${type}"]`;
    app.contextMenu.addItem({ type: "submenu", submenu, selector, rank: 1 });
  }
}

async function lookInside(
  place: Place,
  view: ViewName,
  picture: Contents.IModel,
): Promise<void> {
  const { app, settings, trans } = place;
  if (!beginsLikeAPicture(await beginning(app, picture.path))) {
    throw new Error(
      trans.__(
        "Its name says that it is a picture, and its contents are something else: open a PNG, JPEG, GIF, WebP, BMP or TIFF file.",
      ),
    );
  }
  const chosen = await preferences(settings);
  const notebook = lookInsideNotebook(view, picture.name, chosen, trans);
  const { folder } = folderAndName(app.serviceManager.contents, picture.path);
  const stem = `${picture.name.replace(/\.[^.]*$/, "")}-${view}`;
  const model = chosenModel(chosen, trans);
  await openNotebook(place, folder, { stem, notebook, run: "all", model });
}

/** The first bytes of a file; of the rest no more than is under way is fetched. */
async function beginning(app: JupyterFrontEnd, path: string): Promise<Uint8Array> {
  const { contents, serverSettings } = app.serviceManager;
  const url = await contents.getDownloadUrl(path);
  const response = await ServerConnection.makeRequest(url, {}, serverSettings);
  if (!response.ok) throw new ServerConnection.ResponseError(response);
  const reader = response.body?.getReader();
  const { value } = (await reader?.read()) ?? {};
  await reader?.cancel();
  return value ?? new Uint8Array();
}
