import type { TranslationBundle } from "@jupyterlab/translation";
import { Widget } from "@lumino/widgets";
import { element } from "../element";
import { readTour, type TourFile, type TourStop } from "./tour_file";

/** The stops of a guided tour, to be read without a kernel. */
export class TourDocument extends Widget {
  readonly #trans: TranslationBundle;
  readonly #openNotebook: (model: string) => void;

  /**
   * @param openNotebook Opens the tour over a picture, with this model.
   */
  constructor(trans: TranslationBundle, openNotebook: (model: string) => void) {
    super();
    this.#trans = trans;
    this.#openNotebook = openNotebook;
    this.addClass("vw-lab-tour");
  }

  /** Shows the contents of a file; of one that is no tour, what is wrong with it. */
  display(text: string): void {
    try {
      this.node.replaceChildren(...this.#page(readTour(text, this.#trans)));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.node.replaceChildren(element("p", { role: "alert" }, message));
    }
  }

  #page({ model, stops }: TourFile): HTMLElement[] {
    const trans = this.#trans;
    const button = element(
      "button",
      { type: "button", class: "jp-Button jp-mod-styled jp-mod-accept" },
      trans.__("Open in a notebook"),
    );
    button.addEventListener("click", () => this.#openNotebook(model.name));
    return [
      element("h1", {}, trans.__("A guided tour of %1", model.name)),
      element(
        "p",
        {},
        trans._n("%1 stop", "%1 stops", stops.length),
        " · ",
        trans.__("%1 layers of %2 heads", model.layers, model.heads),
        " · ",
        trans.__("It holds words and places; a notebook shows them over a picture."),
      ),
      button,
      element("ol", {}, ...stops.map(stopItem)),
    ];
  }
}

function stopItem({ title, text, state }: TourStop): HTMLElement {
  const { layer, head } = state;
  const address = typeof layer === "number" && typeof head === "number";
  return element(
    "li",
    {},
    element("strong", {}, title),
    address ? element("code", {}, `L${layer}.H${head}`) : "",
    element("p", {}, text),
  );
}
