import type { KernelSpec } from "@jupyterlab/services";

/** The server's default kernel if it speaks Python, else its first one that does. */
export function pythonKernel(
  specs: KernelSpec.ISpecModels | null,
): KernelSpec.ISpecModel | null {
  const kernels = Object.values(specs?.kernelspecs ?? {}).filter(
    (kernel) => kernel?.language.toLowerCase() === "python",
  );
  return (
    kernels.find((kernel) => kernel?.name === specs?.default) ?? kernels[0] ?? null
  );
}
