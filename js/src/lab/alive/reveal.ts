import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { Widget } from "@lumino/widgets";

const VIEW = "application/vnd.jupyter.widget-view+json";

/** What is used of JupyterLab's notebooks and consoles, whose packages are large. */
interface Cell {
  readonly node: HTMLElement;
  readonly model: { readonly outputs?: Outputs };
}

interface Notebook {
  readonly widgets: readonly Cell[];
  activeCellIndex: number;
  scrollToItem(index: number, align: "center"): Promise<void>;
}

interface CodeConsole {
  readonly cells: Iterable<Cell>;
}

interface Outputs {
  toJSON(): { readonly data?: Readonly<Record<string, unknown>> }[];
}

/** Scrolls to the first output that shows a view; whether there is one. */
export async function reveal(app: JupyterFrontEnd, view: string): Promise<boolean> {
  for (const panel of app.shell.widgets("main")) {
    const { content, console } = panel as Widget & {
      content?: Partial<Notebook>;
      console?: CodeConsole;
    };
    const notebook =
      content && "activeCellIndex" in content ? (content as Notebook) : null;
    const cells = [...(notebook?.widgets ?? console?.cells ?? [])];
    const index = cells.findIndex(({ model }) => shows(model.outputs, view));
    if (index < 0) continue;
    app.shell.activateById(panel.id);
    if (notebook) {
      notebook.activeCellIndex = index;
      await notebook.scrollToItem(index, "center");
    } else cells[index]?.node.scrollIntoView({ block: "center" });
    return true;
  }
  return false;
}

function shows(outputs: Outputs | undefined, view: string): boolean {
  return (outputs?.toJSON() ?? []).some(({ data }) => {
    const shown = data?.[VIEW] as { readonly model_id?: string } | undefined;
    return shown?.model_id === view;
  });
}
