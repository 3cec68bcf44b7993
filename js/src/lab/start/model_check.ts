import type { Kernel } from "@jupyterlab/services";
import { python } from "./made_notebook";

/** A model that a new notebook loads. */
export interface NamedModel {
  /** Empty for the one that comes with the package. */
  readonly name: string;
  /** Who named it, and where another one can be named: a sentence in Markdown. */
  readonly origin: string;
}

const REFUSALS = [
  "UnknownModelError",
  "UnsupportedModelError",
  "WeightsUnavailableError",
];

/** Why a kernel could not load a model of this name; null if nothing is known. */
export async function refusalOf(
  kernel: Kernel.IKernelConnection,
  name: string,
): Promise<string | null> {
  if (name === "") return null;
  const module =
    "__import__('vitwidgets.models.loading.name_check', fromlist=['require_loadable'])";
  const future = kernel.requestExecute({
    code: "",
    silent: true,
    user_expressions: { checked: `${module}.require_loadable(${python(name)})` },
  });
  const { content } = await future.done;
  if (content.status !== "ok") return null; // The notebook's own error says what is wrong.
  const checked = content.user_expressions.checked as
    | { readonly ename?: string; readonly evalue?: string }
    | undefined;
  return REFUSALS.includes(checked?.ename ?? "") ? (checked?.evalue ?? null) : null;
}
