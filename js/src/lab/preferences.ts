import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { TranslationBundle } from "@jupyterlab/translation";

/** What `schema/plugin.json` lets a person choose. */
export interface Preferences {
  /** A model by name; empty for the one that comes with the package. */
  readonly model: string;
  /** How much attention a tour sends at once, in MB. */
  readonly payloadBudget: number;
  /** The name of a colour table. */
  readonly colours: string;
  /** Whether nothing in a view moves by itself. */
  readonly still: boolean;
}

export const SETTINGS = "vitwidgets:plugin";
export const DEFAULTS: Preferences = {
  model: "",
  payloadBudget: 16,
  colours: "magma",
  still: false,
};

export async function preferences(
  registry: ISettingRegistry | null,
): Promise<Preferences> {
  return registry === null ? DEFAULTS : chosenIn(await registry.load(SETTINGS));
}

export function chosenIn({ composite }: ISettingRegistry.ISettings): Preferences {
  const { model, payloadBudget, colours, still } = composite;
  return {
    model: typeof model === "string" ? model.trim() : DEFAULTS.model,
    payloadBudget:
      typeof payloadBudget === "number" ? payloadBudget : DEFAULTS.payloadBudget,
    colours: typeof colours === "string" ? colours : DEFAULTS.colours,
    still: still === true,
  };
}

/** The chosen model, and where it was chosen. */
export function chosenModel({ model }: Preferences, trans: TranslationBundle) {
  const origin = trans.__(
    "It is the default model of JupyterLab's settings (*Settings → Settings Editor → ViT Widgets*). Name another one there for new notebooks, and below for this one.",
  );
  return { name: model, origin };
}
