import type { Contents, KernelSpec } from "@jupyterlab/services";
import { describe, expect, test } from "vitest";
import { saveFreshCopy } from "../../src/lab/start/fresh_copy";
import { pythonKernel } from "../../src/lab/start/python_kernel";

/** A folder that refuses to overwrite on renaming, as Jupyter's server does. */
function folderWith(names: string[]) {
  const files = new Map<string, unknown>(names.map((name) => [`work/${name}`, "old"]));
  const contents = {
    get: async () => ({
      content: [...files.keys()].map((path) => ({ name: path.replace("work/", "") })),
    }),
    newUntitled: async ({ path }: { path: string }) => {
      files.set(`${path}/Untitled.ipynb`, null);
      return { path: `${path}/Untitled.ipynb` };
    },
    save: async (path: string, { content }: { content: unknown }) => {
      files.set(path, content);
    },
    rename: async (from: string, to: string) => {
      if (files.has(to)) throw new Error(`409: ${to} exists`);
      files.set(to, files.get(from));
      files.delete(from);
      return { path: to };
    },
  };
  return { files, contents: contents as unknown as Contents.IManager };
}

describe("saving a fresh copy", () => {
  test.each([
    { taken: [], expected: "work/tour.ipynb" },
    { taken: ["tour.ipynb"], expected: "work/tour-1.ipynb" },
    { taken: ["tour.ipynb", "tour-1.ipynb"], expected: "work/tour-2.ipynb" },
    { taken: ["tour-1.ipynb"], expected: "work/tour.ipynb" },
  ])("beside $taken", async ({ taken, expected }) => {
    const { files, contents } = folderWith(taken);
    expect(await saveFreshCopy(contents, "work", "tour", { cells: [] })).toBe(expected);
    expect(files.get(expected)).toEqual({ cells: [] });
    for (const name of taken) expect(files.get(`work/${name}`)).toBe("old");
    expect(files.size).toBe(taken.length + 1);
  });
});

describe("choosing a kernel", () => {
  const spec = (name: string, language: string) =>
    [name, { name, language, display_name: name }] as const;
  const offer = (fallback: string, ...kernels: ReturnType<typeof spec>[]) =>
    ({
      default: fallback,
      kernelspecs: Object.fromEntries(kernels),
    }) as unknown as KernelSpec.ISpecModels;

  test("the default, where it speaks Python", () => {
    const specs = offer("b", spec("a", "python"), spec("b", "Python"));
    expect(pythonKernel(specs)?.name).toBe("b");
  });
  test("else the first that does", () => {
    const specs = offer("r", spec("r", "R"), spec("a", "python"), spec("b", "python"));
    expect(pythonKernel(specs)?.name).toBe("a");
  });
  test("none where there is none", () => {
    expect(pythonKernel(offer("r", spec("r", "R")))).toBeNull();
    expect(pythonKernel(null)).toBeNull();
  });
});
