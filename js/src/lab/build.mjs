// Bundles the plugins for jupyter-builder, with the icons, the tutorials, the names of
// the lessons and the colour tables in them.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as scales from "d3-scale-chromatic";
import { build } from "esbuild";

const TUTORIALS = "examples";
const LESSONS = "vitwidgets/workshop/lessons";

/** Gives modules that import `name` what `make` makes while bundling. */
function madeModule(name, make) {
  return {
    name,
    setup({ onResolve, onLoad }) {
      const filter = new RegExp(`^${name}$`);
      onResolve({ filter }, () => ({ path: name, namespace: name }));
      onLoad({ filter: /.*/, namespace: name }, async () => ({
        contents: JSON.stringify(await make()),
        loader: "json",
      }));
    },
  };
}

/** Reads each file of a folder with this ending, in the order of their names. */
async function each(folder, ending, read) {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ending));
  return Promise.all(names.sort().map(read));
}

async function tutorial(file) {
  const notebook = cleared(JSON.parse(await readFile(join(TUTORIALS, file), "utf8")));
  const [first] = notebook.cells;
  const title = /^# (.+)$/m.exec([first?.source].flat().join(""))?.[1];
  if (first?.cell_type !== "markdown" || title === undefined)
    throw new Error(
      `${TUTORIALS}/${file}: its first cell must be text with a "# title"`,
    );
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

async function lesson(file) {
  const { title } = JSON.parse(await readFile(join(LESSONS, file), "utf8"));
  return { name: file.replace(/\.json$/, ""), title };
}

/** The tables that the settings offer beside magma, which views have. */
const OFFERED = {
  inferno: scales.interpolateInferno,
  viridis: scales.interpolateViridis,
  cividis: scales.interpolateCividis,
};

function colourTables() {
  const tables = Object.entries(OFFERED).map(([name, at]) => [
    name,
    Array.from({ length: 256 }, (_, index) => hex(at(index / 255))).join(""),
  ]);
  return Object.fromEntries(tables);
}

/** A colour in CSS, "#00ff7f" or "rgb(0, 255, 127)", as six hexadecimal digits. */
function hex(colour) {
  if (colour.startsWith("#")) return colour.slice(1);
  const parts = colour.match(/\d+/g).map((part) => Number(part).toString(16));
  return parts.map((part) => part.padStart(2, "0")).join("");
}

await build({
  entryPoints: ["js/src/lab/index.ts"],
  outfile: "build/lab/index.js",
  bundle: true,
  packages: "external",
  format: "esm",
  target: "es2022",
  loader: { ".svg": "text" },
  plugins: [
    madeModule("tutorials", () => each(TUTORIALS, ".ipynb", tutorial)),
    madeModule("lessons", () => each(LESSONS, ".json", lesson)),
    madeModule("colour tables", colourTables),
  ],
  logLevel: "warning",
});
