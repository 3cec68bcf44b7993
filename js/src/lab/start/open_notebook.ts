import type { Kernel } from "@jupyterlab/services";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { Place } from "../place";
import { saveFreshCopy } from "./fresh_copy";
import { type NamedModel, refusalOf } from "./model_check";
import type { NotebookPanel } from "./notebook_panel";
import { kernelHasPackage } from "./package_check";
import { pythonKernel } from "./python_kernel";

export interface NewNotebook {
  /** Its file's name, without a number and the ending. */
  readonly stem: string;
  readonly notebook: { readonly metadata: object };
  /** What of it is run as soon as it is open. */
  readonly run: "nothing" | "first" | "all";
  /** The model that it loads, to be checked before anything is run. */
  readonly model?: NamedModel;
}

/** Saves a notebook that belongs to the person, opens it with a Python kernel, runs it. */
export async function openNotebook(
  place: Place,
  folder: string,
  made: NewNotebook,
): Promise<void> {
  const path = await saved(place, folder, made);
  const panel: NotebookPanel = await place.app.commands.execute("docmanager:open", {
    path,
    factory: "Notebook",
  });
  await panel.context.ready;
  await panel.sessionContext.ready;
  const kernel = panel.sessionContext.session?.kernel;
  if (!kernel) return; // The person chose to have none.
  try {
    await start(place, panel, kernel, made);
  } catch (error) {
    if (!kernel.isDisposed) throw error; // Else the notebook was closed meanwhile.
  }
}

/** Saves a notebook for the Python kernel of this server; gives its path. */
async function saved(
  { app, trans }: Place,
  folder: string,
  { stem, notebook }: NewNotebook,
): Promise<string> {
  const { contents, kernelspecs } = app.serviceManager;
  await kernelspecs.ready;
  const spec = pythonKernel(kernelspecs.specs);
  if (spec === null) {
    throw new Error(
      trans.__(
        "This server offers no Python kernel. Install ipykernel where vitwidgets is installed, then reload this page.",
      ),
    );
  }
  const kernelspec = { name: spec.name, display_name: spec.display_name };
  const metadata = { ...notebook.metadata, kernelspec };
  return await saveFreshCopy(contents, folder, stem, { ...notebook, metadata });
}

/** Runs what is to be run, or says in the notebook why it could not be. */
async function start(
  { app, trans }: Place,
  panel: NotebookPanel,
  kernel: Kernel.IKernelConnection,
  { run, model }: NewNotebook,
): Promise<void> {
  const say = (source: string) =>
    panel.context.model.sharedModel.insertCell(0, { cell_type: "markdown", source });
  if (!(await kernelHasPackage(kernel))) {
    say(missingPackage(panel.sessionContext.kernelDisplayName, trans));
    return;
  }
  if (run === "nothing") return;
  const refusal = model ? await refusalOf(kernel, model.name) : null;
  if (model && refusal !== null) {
    say(unknownModel(refusal, model.origin, trans));
    return;
  }
  app.shell.activateById(panel.id);
  const command = run === "all" ? "run-all-cells" : "run-cell-and-select-next";
  if (run === "first") await app.commands.execute("notebook:move-cursor-down");
  await app.commands.execute(`notebook:${command}`);
}

function missingPackage(kernel: string, trans: TranslationBundle): string {
  return trans.__(
    "**The kernel %1 has no vitwidgets:** run `%pip install vitwidgets` in a cell, then run the cells below.",
    kernel,
  );
}

function unknownModel(
  refusal: string,
  origin: string,
  trans: TranslationBundle,
): string {
  const why = refusal.replace(/[\\`*_<>[\]#~]/g, "\\$&");
  const said = trans.__("The model can't be loaded, and nothing was run:");
  return `**${said}** ${why}\n\n${origin}`;
}
