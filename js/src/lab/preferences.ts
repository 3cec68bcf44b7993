import type { ISettingRegistry } from "@jupyterlab/settingregistry";

/** What `schema/plugin.json` lets a person choose. */
export interface Preferences {
  /** A model by name; empty for the one that comes with the package. */
  readonly model: string;
  /** How much attention a tour sends at once, in MB. */
  readonly payloadBudget: number;
}

export const SETTINGS = "vitwidgets:plugin";
export const DEFAULTS: Preferences = { model: "", payloadBudget: 16 };

export async function preferences(
  registry: ISettingRegistry | null,
): Promise<Preferences> {
  if (registry === null) return DEFAULTS;
  const { composite } = await registry.load(SETTINGS);
  const { model, payloadBudget } = composite;
  return {
    model: typeof model === "string" ? model.trim() : DEFAULTS.model,
    payloadBudget:
      typeof payloadBudget === "number" ? payloadBudget : DEFAULTS.payloadBudget,
  };
}
