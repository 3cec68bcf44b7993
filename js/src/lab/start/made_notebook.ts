import type { TranslationBundle } from "@jupyterlab/translation";
import { DEFAULTS, type Preferences } from "../preferences";

export type ViewName = "tour" | "lens" | "attribution" | "patch";

export interface MadeNotebook {
  readonly nbformat: 4;
  readonly nbformat_minor: 5;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly cells: readonly Readonly<Record<string, unknown>>[];
}

/** A notebook that opens one view on an image beside it. */
export function lookInsideNotebook(
  view: ViewName,
  file: string,
  chosen: Preferences,
  trans: TranslationBundle,
): MadeNotebook {
  const setup = `${chosenBeginning(chosen, trans)}\n\nimage = ${python(file)}`;
  return notebook([
    text(`# ${trans.__("Looking inside %1", quoted(file))}`),
    code(`${setup}\n${opening(view, chosen)}`),
  ]);
}

/** A notebook that leads through a saved tour, over a scene. */
export function tourNotebook(
  file: string,
  chosen: Preferences,
  trans: TranslationBundle,
): MadeNotebook {
  const whose = trans.__("The model that the tour was made with");
  return notebook([
    text(`# ${trans.__("The guided tour %1", quoted(file))}`),
    code(
      `${beginning(chosen.model, whose, trans)}\n\n${SCENE}\n` +
        `tour = vw.AttentionHeadTour(model, image${budgetOf(chosen)})\n` +
        `tour.load_tour(${python(file)})\ntour`,
    ),
  ]);
}

/** A notebook with a model and a scene, and a cell for each view to choose from. */
export function explorerNotebook(
  chosen: Preferences,
  trans: TranslationBundle,
): MadeNotebook {
  const picture = trans.__("Or a picture of yours: image = %1", '"picture.png"');
  const cells = VIEWS.flatMap((view) => [
    text(`## ${viewTitle(view, trans)}\n\n${viewText(view, trans)}`),
    code(opening(view, chosen)),
  ]);
  return notebook([
    text(
      `# ${trans.__("Look inside a vision transformer")}\n\n` +
        trans.__(
          "The first cell loads a model and a picture. Then run the cell of the view you want.",
        ),
    ),
    code(
      `${chosenBeginning(chosen, trans)}\n\n# ${picture}\n${SCENE}\n` +
        "vw.images.read_image(image).resize((256, 256))",
    ),
    ...cells,
  ]);
}

/** A notebook that opens a lesson of the workshop. */
export function lessonNotebook(name: string, trans: TranslationBundle): MadeNotebook {
  const opened = `lesson = vw.workshop(${python(name)})\nlesson`;
  return notebook([code(`${imported(trans)}\n\n${opened}`)]);
}

const SCENE = 'image = vw.images.sample("cat-and-dog")';

export const VIEWS: readonly ViewName[] = ["tour", "lens", "attribution", "patch"];

export function viewTitle(view: ViewName, trans: TranslationBundle): string {
  return {
    tour: trans.__("Attention head tour"),
    lens: trans.__("Emoji logit lens"),
    attribution: trans.__("Logit attribution"),
    patch: trans.__("Click to patch"),
  }[view];
}

function viewText(view: ViewName, trans: TranslationBundle): string {
  return {
    tour: trans.__("What every attention head looks at, from any patch's side."),
    lens: trans.__("What each patch says at each layer, as emoji."),
    attribution: trans.__("Which layers, heads and patches made it say so."),
    patch: trans.__(
      "Copy parts of another picture's run in, and see what becomes of the answer.",
    ),
  }[view];
}

function chosenBeginning({ model }: Preferences, trans: TranslationBundle): string {
  const whose = trans.__("The default model of JupyterLab's settings, “ViT Widgets”");
  return beginning(model, whose, trans);
}

/** The package and a model, with words on whose choice it is. */
function beginning(model: string, whose: string, trans: TranslationBundle): string {
  const loaded =
    model === ""
      ? "model = vw.load_model()"
      : `# ${whose}\nmodel = vw.load_model(${python(model)})`;
  return `${imported(trans)}\n\n${loaded}`;
}

function imported(trans: TranslationBundle): string {
  const missing = trans.__("If this line fails, run: %1", "%pip install vitwidgets");
  return `# ${missing}\nimport vitwidgets as vw`;
}

function opening(view: ViewName, chosen: Preferences): string {
  return {
    tour: `tour = vw.AttentionHeadTour(model, image${budgetOf(chosen)})\ntour`,
    lens: "lens = vw.EmojiLogitLens(model, image)\nlens",
    attribution: "attribution = vw.LogitAttribution(model, image)\nattribution",
    patch:
      'donor = vw.images.sample("dog-alone")\n' +
      "patcher = vw.ClickToPatch(model, image, donor)\npatcher",
  }[view];
}

function budgetOf({ payloadBudget }: Preferences): string {
  return payloadBudget === DEFAULTS.payloadBudget
    ? ""
    : `, payload_budget=${Math.round(payloadBudget * 1e6)}`;
}

/** A file's name in Markdown. */
function quoted(file: string): string {
  return `\`${file.replaceAll("`", "'")}\``;
}

/** Text as a Python literal; JSON's escapes mean the same there. */
export function python(words: string): string {
  return JSON.stringify(words);
}

function notebook(cells: MadeNotebook["cells"]): MadeNotebook {
  const named = cells.map((cell, index) => ({ ...cell, id: `cell-${index}` }));
  return { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: named };
}

function text(source: string) {
  return { cell_type: "markdown", metadata: {}, source };
}

function code(source: string) {
  const unrun = { execution_count: null, outputs: [] };
  return { cell_type: "code", metadata: {}, ...unrun, source };
}
