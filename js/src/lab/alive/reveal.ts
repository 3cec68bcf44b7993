import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { Widget } from "@lumino/widgets";

const VIEW = "application/vnd.jupyter.widget-view+json";

/** What is used of JupyterLab's notebook, whose package is large. */
interface Notebook {
  readonly widgets: readonly { readonly model: { readonly outputs?: Outputs } }[];
  activeCellIndex: number;
  scrollToItem(index: number, align: "center"): Promise<void>;
}

interface Outputs {
  toJSON(): { readonly data?: Readonly<Record<string, unknown>> }[];
}

/** Scrolls to the first output that shows a view; whether there is one. */
export async function reveal(app: JupyterFrontEnd, view: string): Promise<boolean> {
  for (const panel of app.shell.widgets("main")) {
    const notebook = notebookIn(panel);
    const cell = notebook?.widgets.findIndex(({ model }) => shows(model.outputs, view));
    if (!notebook || cell === undefined || cell < 0) continue;
    app.shell.activateById(panel.id);
    notebook.activeCellIndex = cell;
    await notebook.scrollToItem(cell, "center");
    return true;
  }
  return false;
}

function notebookIn(panel: Widget): Notebook | null {
  const { content } = panel as Widget & { content?: Partial<Notebook> };
  return content && "activeCellIndex" in content ? (content as Notebook) : null;
}

function shows(outputs: Outputs | undefined, view: string): boolean {
  return (outputs?.toJSON() ?? []).some(({ data }) => {
    const shown = data?.[VIEW] as { readonly model_id?: string } | undefined;
    return shown?.model_id === view;
  });
}
