import type { DocumentRegistry } from "@jupyterlab/docregistry";
import { ABCWidgetFactory, DocumentWidget } from "@jupyterlab/docregistry";
import type { Widget } from "@lumino/widgets";

/** The content of a document that is shown and never changed. */
export interface Reader extends Widget {
  display(text: string): void;
}

/** Opens text files in readers, and shows them anew when the files change. */
export class ReaderFactory extends ABCWidgetFactory<DocumentWidget<Reader>> {
  readonly #reader: (context: DocumentRegistry.Context) => Reader;

  constructor(
    options: DocumentRegistry.IWidgetFactoryOptions,
    reader: (context: DocumentRegistry.Context) => Reader,
  ) {
    super({ ...options, readOnly: true });
    this.#reader = reader;
  }

  protected createNewWidget(context: DocumentRegistry.Context): DocumentWidget<Reader> {
    const content = this.#reader(context);
    const display = () => content.display(context.model.toString());
    void context.ready.then(() => {
      if (content.isDisposed) return;
      display();
      context.model.contentChanged.connect(display);
      content.disposed.connect(() => context.model.contentChanged.disconnect(display));
    });
    return new DocumentWidget({ content, context });
  }
}
