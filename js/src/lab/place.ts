import type { JupyterFrontEnd } from "@jupyterlab/application";
import type { ISettingRegistry } from "@jupyterlab/settingregistry";
import type { TranslationBundle } from "@jupyterlab/translation";

/** Where a command acts, and in which language it speaks. */
export interface Place {
  readonly app: JupyterFrontEnd;
  readonly settings: ISettingRegistry | null;
  readonly trans: TranslationBundle;
}

export const DOMAIN = "vitwidgets";
