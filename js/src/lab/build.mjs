// Bundles the plugins for jupyter-builder, with the icon and the tutorials in them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";

const FOLDER = "examples";

/** The tutorials are the notebooks of a folder, in the order of their names. */
const tutorials = {
  name: "tutorials",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^tutorials$/ }, () => ({
      path: "tutorials",
      namespace: "tutorials",
    }));
    onLoad({ filter: /.*/, namespace: "tutorials" }, async () => {
      const names = (await readdir(FOLDER)).filter((name) => name.endsWith(".ipynb"));
      const found = await Promise.all(names.sort().map(tutorial));
      return { contents: JSON.stringify(found), loader: "json" };
    });
  },
};

async function tutorial(file) {
  const notebook = cleared(JSON.parse(await readFile(join(FOLDER, file), "utf8")));
  const [first] = notebook.cells;
  const title = /^# (.+)$/m.exec([first?.source].flat().join(""))?.[1];
  if (first?.cell_type !== "markdown" || title === undefined)
    throw new Error(`${FOLDER}/${file}: its first cell must be text with a "# title"`);
  return { stem: file.replace(/^\d+_|\.ipynb$/g, ""), title, notebook };
}

/** A notebook is shipped as it would be before anybody ran it. */
function cleared(notebook) {
  for (const cell of notebook.cells) {
    if (cell.cell_type === "code")
      Object.assign(cell, { outputs: [], execution_count: null });
  }
  const { widgets, ...metadata } = notebook.metadata;
  return { ...notebook, metadata };
}

await build({
  entryPoints: ["js/src/lab/index.ts"],
  outfile: "build/lab/index.js",
  bundle: true,
  packages: "external",
  format: "esm",
  target: "es2022",
  loader: { ".svg": "text" },
  plugins: [tutorials],
  logLevel: "warning",
});
