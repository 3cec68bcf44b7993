import type { Contents } from "@jupyterlab/services";

/** Splits a path, whose beginning may name a drive, into its folder and file. */
export function folderAndName(
  contents: Contents.IManager,
  path: string,
): { folder: string; name: string } {
  const name = contents.localPath(path).replace(/^.*\//, "");
  return { folder: path.slice(0, -name.length).replace(/\/$/, ""), name };
}
