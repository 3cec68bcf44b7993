// Bundles the plugin for jupyter-builder, with the icon and the example notebook in it.
import { readFile } from "node:fs/promises";
import { build } from "esbuild";

/** A notebook is shipped as it would be before anybody ran it. */
const notebooks = {
  name: "notebooks",
  setup({ onLoad }) {
    onLoad({ filter: /\.ipynb$/ }, async ({ path }) => {
      const notebook = JSON.parse(await readFile(path, "utf8"));
      for (const cell of notebook.cells) {
        if (cell.cell_type === "code")
          Object.assign(cell, { outputs: [], execution_count: null });
      }
      const { widgets, ...metadata } = notebook.metadata;
      return { contents: JSON.stringify({ ...notebook, metadata }), loader: "json" };
    });
  },
};

await build({
  entryPoints: ["js/src/lab/index.ts"],
  outfile: "build/lab/index.js",
  bundle: true,
  packages: "external",
  format: "esm",
  target: "es2022",
  loader: { ".svg": "text" },
  plugins: [notebooks],
  logLevel: "warning",
});
