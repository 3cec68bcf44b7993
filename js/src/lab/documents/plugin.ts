import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILayoutRestorer } from "@jupyterlab/application";
import { WidgetTracker } from "@jupyterlab/apputils";
import type { DocumentRegistry, DocumentWidget } from "@jupyterlab/docregistry";
import { ISettingRegistry } from "@jupyterlab/settingregistry";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { orSay } from "../failure";
import { icon } from "../icon";
import { folderAndName } from "../paths";
import { DOMAIN, type Place } from "../place";
import { preferences } from "../preferences";
import { tourNotebook } from "../start/made_notebook";
import { openNotebook } from "../start/open_notebook";
import { type Reader, ReaderFactory } from "./factory";
import { PageDocument } from "./page_document";
import { TourDocument } from "./tour_document";

const TOUR = "vitwidgets-tour";
const PAGE = "vitwidgets-page";

export const documentsPlugin: JupyterFrontEndPlugin<void> = {
  id: "vitwidgets:documents",
  description: "Opens saved tours and saved pages, without a kernel.",
  autoStart: true,
  optional: [ILayoutRestorer, ISettingRegistry, ITranslator],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  settings: ISettingRegistry | null,
  translator: ITranslator | null,
): void {
  const trans = (translator ?? nullTranslator).load(DOMAIN);
  const place = { app, settings, trans };
  const { docRegistry } = app;
  docRegistry.addFileType({
    name: TOUR,
    displayName: trans.__("Guided tour"),
    extensions: [".vwtour.json"],
    mimeTypes: ["application/json"],
    fileFormat: "text",
    icon,
  });
  docRegistry.addFileType({
    name: PAGE,
    displayName: trans.__("Saved view"),
    extensions: [".vw.html"],
    mimeTypes: ["text/html"],
    fileFormat: "text",
    icon,
  });

  const tours = new ReaderFactory(
    { name: "Guided tour", label: trans.__("Guided tour"), ...openedBy([TOUR]) },
    ({ path }) => new TourDocument(trans, (model) => openTour(place, path, model)),
  );
  const pages = new ReaderFactory(
    {
      name: "Saved view",
      label: trans.__("Saved view"),
      ...openedBy([PAGE]),
      fileTypes: [PAGE, "html"],
    },
    () => new PageDocument(trans),
  );
  for (const factory of [tours, pages]) {
    const namespace = `vitwidgets-${factory.name.replace(" ", "-").toLowerCase()}`;
    const tracker = new WidgetTracker<DocumentWidget<Reader>>({ namespace });
    factory.widgetCreated.connect((_, document) => {
      document.title.icon = icon;
      void tracker.add(document);
    });
    // Its own types leave open what ours say exactly.
    docRegistry.addWidgetFactory(factory as DocumentRegistry.WidgetFactory);
    // After a reload the same files are open in the same readers.
    void restorer?.restore(tracker, {
      command: "docmanager:open",
      args: ({ context }) => ({ path: context.path, factory: factory.name }),
      name: ({ context }) => context.path,
    });
  }
}

function openedBy(types: string[]) {
  return { fileTypes: types, defaultFor: types, modelName: "text" };
}

function openTour(place: Place, path: string, model: string): Promise<void> {
  const { app, settings, trans } = place;
  const { folder, name } = folderAndName(app.serviceManager.contents, path);
  return orSay(trans.__("“%1” could not be opened", name), async () => {
    const chosen = { ...(await preferences(settings)), model };
    const notebook = tourNotebook(name, chosen, trans);
    const stem = name.replace(/\.vwtour\.json$/, "");
    const origin = trans.__("It is the model that the tour was made with.");
    const named = { name: model, origin };
    await openNotebook(place, folder, { stem, notebook, run: "all", model: named });
  });
}
