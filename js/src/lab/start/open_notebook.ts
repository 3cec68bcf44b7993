import type { TranslationBundle } from "@jupyterlab/translation";
import type { Place } from "../place";
import { saveFreshCopy } from "./fresh_copy";
import type { NotebookPanel } from "./notebook_panel";
import { kernelHasPackage } from "./package_check";
import { pythonKernel } from "./python_kernel";

/** What of a new notebook is run as soon as it is open. */
export type Run = "nothing" | "first" | "all";

/** Saves a notebook that belongs to the person, opens it with a Python kernel, runs it. */
export async function openNotebook(
  { app, trans }: Place,
  folder: string,
  stem: string,
  notebook: { readonly metadata: object },
  run: Run,
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
  if (!(await kernelHasPackage(session.kernel))) {
    const source = missingPackage(panel.sessionContext.kernelDisplayName, trans);
    panel.context.model.sharedModel.insertCell(0, { cell_type: "markdown", source });
    return;
  }
  if (run === "nothing") return;
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
