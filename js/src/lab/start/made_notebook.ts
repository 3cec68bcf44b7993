import type { TranslationBundle } from "@jupyterlab/translation";
import { DEFAULTS, type Preferences } from "../preferences";

export type ViewName = "tour" | "lens" | "patch";

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
  const setup = `${beginning(chosen, trans)}\n\nimage = ${python(file)}`;
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
  return notebook([
    text(`# ${trans.__("The guided tour %1", quoted(file))}`),
    code(
      `${beginning(chosen, trans)}\n\n${SCENE}\n` +
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
        trans.__("Run the first cell, then the cell of the view you want."),
    ),
    code(
      `${beginning(chosen, trans)}\n\n# ${picture}\n${SCENE}\n` +
        "vw.images.read_image(image).resize((256, 256))",
    ),
    ...cells,
  ]);
}

const SCENE = 'image = vw.images.sample("cat-and-dog")';

export const VIEWS: readonly ViewName[] = ["tour", "lens", "patch"];

export function viewTitle(view: ViewName, trans: TranslationBundle): string {
  return {
    tour: trans.__("Attention head tour"),
    lens: trans.__("Emoji logit lens"),
    patch: trans.__("Click to patch"),
  }[view];
}

function viewText(view: ViewName, trans: TranslationBundle): string {
  return {
    tour: trans.__("What every attention head looks at, from any patch's side."),
    lens: trans.__("What each patch says at each layer, as emoji."),
    patch: trans.__(
      "Copy parts of another picture's run in, and see what becomes of the answer.",
    ),
  }[view];
}

function beginning({ model }: Preferences, trans: TranslationBundle): string {
  const missing = trans.__("If this line fails, run: %1", "%pip install vitwidgets");
  const name = model === "" ? "" : python(model);
  return `# ${missing}\nimport vitwidgets as vw\n\nmodel = vw.load_model(${name})`;
}

function opening(view: ViewName, chosen: Preferences): string {
  return {
    tour: `tour = vw.AttentionHeadTour(model, image${budgetOf(chosen)})\ntour`,
    lens: "lens = vw.EmojiLogitLens(model, image)\nlens",
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
function python(words: string): string {
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
