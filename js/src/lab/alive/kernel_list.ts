import type { Kernel } from "@jupyterlab/services";

/** A model, a cache or a view in a kernel, as `vitwidgets.widgets.alive` lists it. */
export interface Entry {
  readonly key: number;
  readonly kind: "model" | "cache" | "view";
  readonly title: string;
  readonly variables: readonly string[];
  readonly nbytes: number;
  readonly used_by: readonly string[];
  /** The model of a view's outputs; empty for anything else. */
  readonly view: string;
}

/** Asks what is alive; of a kernel that never used vitwidgets, imports nothing. */
export function listOf(kernel: Kernel.IKernelConnection): Promise<Entry[]> {
  return ask(kernel, "records()");
}

/** Frees an entry, and gives what is alive then; fails with the kernel's own sentence. */
export function freed(kernel: Kernel.IKernelConnection, key: number): Promise<Entry[]> {
  return ask(kernel, `free(${key})`);
}

async function ask(kernel: Kernel.IKernelConnection, call: string): Promise<Entry[]> {
  const { language_info } = await kernel.info;
  if (language_info.name !== "python") return [];
  const module = "__import__('vitwidgets.widgets.alive', fromlist=['alive'])";
  const json = "__import__('IPython.display', fromlist=['JSON']).JSON";
  const used = "'vitwidgets.models' in __import__('sys').modules";
  // Silent, and an expression: neither history nor variables of the person change.
  const { content } = await kernel.requestExecute({
    code: "",
    silent: true,
    user_expressions: { list: `${json}(${module}.${call} if ${used} else [])` },
  }).done;
  if (content.status !== "ok")
    throw new Error("evalue" in content ? content.evalue : content.status);
  return answerOf(content.user_expressions.list as Answer);
}

type Answer =
  | { readonly status: "ok"; readonly data: Readonly<Record<string, unknown>> }
  | { readonly status: "error"; readonly evalue: string };

function answerOf(answer: Answer): Entry[] {
  if (answer.status === "error") throw new Error(answer.evalue);
  return answer.data["application/json"] as Entry[];
}
