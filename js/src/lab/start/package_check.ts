import type { Kernel } from "@jupyterlab/services";

const FOUND = "__import__('importlib.util').util.find_spec('vitwidgets') is not None";

/** Whether Python code in this kernel could import vitwidgets; imports nothing. */
export async function kernelHasPackage(
  kernel: Kernel.IKernelConnection,
): Promise<boolean> {
  const future = kernel.requestExecute({
    code: "",
    silent: true,
    user_expressions: { found: FOUND },
  });
  const { content } = await future.done;
  if (content.status !== "ok") return true; // Its own error then says what is wrong.
  const found = content.user_expressions.found as
    | { data?: Record<string, unknown> }
    | undefined;
  return found?.data?.["text/plain"] !== "False";
}
