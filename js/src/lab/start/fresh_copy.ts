import type { Contents } from "@jupyterlab/services";

/** Saves a notebook as `stem.ipynb`, or `stem-1.ipynb` and so on where that is taken. */
export async function saveFreshCopy(
  contents: Contents.IManager,
  folder: string,
  stem: string,
  notebook: object,
): Promise<string> {
  const { content: entries }: { content: Contents.IModel[] } =
    await contents.get(folder);
  const name = freeName(stem, new Set(entries.map((entry) => entry.name)));
  // Saving to a path overwrites; a new untitled file and a renaming never do.
  const { path } = await contents.newUntitled({ path: folder, type: "notebook" });
  await contents.save(path, { type: "notebook", format: "json", content: notebook });
  const renamed = await contents.rename(path, path.replace(/[^/:]*$/, name));
  return renamed.path;
}

function freeName(stem: string, taken: ReadonlySet<string>): string {
  let name = `${stem}.ipynb`;
  for (let copy = 1; taken.has(name); copy += 1) name = `${stem}-${copy}.ipynb`;
  return name;
}
