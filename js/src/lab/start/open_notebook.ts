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
  { app, trans }: Place,
  folder: string,
  { stem, notebook, run, model }: NewNotebook,
): Promise<void> {
  const { contents, kernelspecs } = app.serviceManager;
  await kernelspecs.ready;
  const kernel = pythonKernel(kernelspecs.specs);
  if (kernel === null) {
    throw new Error(
      trans.__(
        "This server offers no Python kernel. Install ipykernel where vitwidgets is installed, then reload this page.",
      ),
    );
  }
  const kernelspec = { name: kernel.name, display_name: kernel.display_name };
  const path = await saveFreshCopy(contents, folder, stem, {
    ...notebook,
    metadata: { ...notebook.metadata, kernelspec },
  });
  const panel: NotebookPanel = await app.commands.execute("docmanager:open", {
    path,
    factory: "Notebook",
  });
  await panel.context.ready;
  await panel.sessionContext.ready;
  const session = panel.sessionContext.session;
  if (!session?.kernel) return; // The person chose to have none.
  const say = (source: string) =>
    panel.context.model.sharedModel.insertCell(0, { cell_type: "markdown", source });
  if (!(await kernelHasPackage(session.kernel))) {
    say(missingPackage(panel.sessionContext.kernelDisplayName, trans));
    return;
  }
  if (run === "nothing") return;
  const refusal = model ? await refusalOf(session.kernel, model.name) : null;
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
