import type { ISessionContext } from "@jupyterlab/apputils";
import type { DocumentRegistry } from "@jupyterlab/docregistry";
import type { Widget } from "@lumino/widgets";

/** What is used of JupyterLab's notebook panel, whose package is large. */
export interface NotebookPanel extends Widget {
  readonly context: DocumentRegistry.Context & {
    readonly model: {
      readonly sharedModel: {
        insertCell(index: number, cell: { cell_type: string; source: string }): unknown;
      };
    };
  };
  readonly sessionContext: ISessionContext;
}
