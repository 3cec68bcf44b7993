import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ILayoutRestorer } from "@jupyterlab/application";
import { Dialog, ICommandPalette, showDialog } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { ITranslator, nullTranslator } from "@jupyterlab/translation";
import { icon } from "../icon";
import { DOMAIN } from "../place";
import { CurrentSession } from "./current_session";
import { type Entry, freed, listOf } from "./kernel_list";
import { AlivePanel, nameOf } from "./panel";
import { reveal } from "./reveal";

const COMMAND = "vitwidgets:show-memory";

export const alivePlugin: JupyterFrontEndPlugin<void> = {
  id: "vitwidgets:alive",
  description: "Lists the models, caches and views in the current kernel's memory.",
  autoStart: true,
  optional: [ILayoutRestorer, ICommandPalette, ITranslator],
  activate,
};

function activate(
  app: JupyterFrontEnd,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  translator: ITranslator | null,
): void {
  const trans = (translator ?? nullTranslator).load(DOMAIN);
  const current = new CurrentSession(app, () => refresh());
  const panel = new AlivePanel(trans, {
    refresh: () => refresh(),
    free: async (entry) => {
      if (await agreed(entry, trans)) await show((kernel) => freed(kernel, entry.key));
    },
    reveal: async ({ view }) => {
      if (!(await reveal(app, view)))
        panel.say(trans.__("No open notebook or console shows this view."));
    },
  });
  let listed = "";
  app.shell.add(panel, "right", { rank: 950 });
  restorer?.add(panel, panel.id);
  app.commands.addCommand(COMMAND, {
    label: trans.__("Show models, caches and views in memory"),
    icon,
    execute: () => app.shell.activateById(panel.id),
  });
  palette?.addItem({ command: COMMAND, category: trans.__("ViT Widgets") });

  function refresh(): void {
    if (panel.isVisible) void show(listOf);
  }

  async function show(ask: typeof listOf): Promise<void> {
    const { session } = current;
    const kernel = session?.session?.kernel;
    if (!session || !kernel) {
      panel.clear();
      return;
    }
    // Nothing of another kernel may be freed in this one.
    if (kernel.id !== listed) panel.forget();
    listed = kernel.id;
    if (kernel.status === "busy")
      panel.say(trans.__("The kernel is at work: the list comes when it is done."));
    try {
      const entries = await ask(kernel);
      // Another notebook may have come to the front meanwhile.
      if (session === current.session) panel.list(session.name, entries);
    } catch (error) {
      panel.say(error instanceof Error ? error.message : String(error));
    }
  }
}

async function agreed(entry: Entry, trans: TranslationBundle): Promise<boolean> {
  const variables = entry.variables.join(", ");
  const { button } = await showDialog({
    title: trans.__("Free “%1”?", nameOf(entry)),
    body:
      variables === ""
        ? trans.__("What shows it in the notebook will no longer answer.")
        : trans.__(
            "The notebook's variables of it (%1) are deleted, and what shows it will no longer answer.",
            variables,
          ),
    buttons: [
      Dialog.cancelButton({ label: trans.__("Cancel") }),
      Dialog.warnButton({ label: trans.__("Free") }),
    ],
  });
  return button.accept;
}
