import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { TranslationBundle } from "@jupyterlab/translation";
import notebook from "../../../examples/01_attention_head_tour.ipynb";
import { saveFreshCopy } from "./fresh_copy";
import { pythonKernel } from "./python_kernel";

/** Opens a copy of the example that belongs to the person, with a Python kernel. */
export async function openExample(
  app: JupyterFrontEnd,
  folder: string,
  trans: TranslationBundle,
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
  const path = await saveFreshCopy(contents, folder, "attention_head_tour", {
    ...notebook,
    metadata: { ...notebook.metadata, kernelspec },
  });
  await app.commands.execute("docmanager:open", { path, factory: "Notebook" });
}
