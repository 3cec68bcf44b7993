import type { TranslationBundle } from "@jupyterlab/translation";
import { IFrame } from "@jupyterlab/ui-components";
import { PanelLayout, Widget } from "@lumino/widgets";
import { element } from "../element";

// As `to_html` begins every page (vitwidgets/widgets/exported_page.py). It forbids what
// follows to load or send anything, so a file that begins so may run unasked.
const BEGINNING = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:">
`;

/** A page that `to_html` saved, live, without a kernel and shut off from JupyterLab. */
export class PageDocument extends Widget {
  readonly #trans: TranslationBundle;

  constructor(trans: TranslationBundle) {
    super();
    this.#trans = trans;
    this.layout = new PanelLayout();
    this.addClass("vw-lab-page");
  }

  /** Shows the contents of a file; of one that is no such page, says so. */
  display(text: string): void {
    const layout = this.layout as PanelLayout;
    for (const widget of [...layout.widgets]) widget.dispose();
    layout.addWidget(text.startsWith(BEGINNING) ? frame(text) : this.#refusal());
  }

  #refusal(): Widget {
    const said = this.#trans.__(
      "vitwidgets did not save this page, or an older version did: right-click the file and choose “Open With”, “HTML Viewer”.",
    );
    return new Widget({ node: element("p", { role: "alert" }, said) });
  }
}

function frame(text: string): IFrame {
  // Without "allow-same-origin" it reaches neither JupyterLab nor its server.
  const made = new IFrame({ sandbox: ["allow-scripts", "allow-downloads"] });
  const inner = made.node.querySelector("iframe");
  if (inner) inner.srcdoc = text;
  return made;
}
