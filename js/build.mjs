// Bundles each view into one self-contained module (hosts import it from a blob URL,
// where a relative import could not resolve), and the scripts of pages without a kernel
// beside them: what hosts a view, and what computes a model.
import { existsSync, readdirSync } from "node:fs";
import { argv } from "node:process";
import { build, context } from "esbuild";

const shared = {
  bundle: true,
  minify: true,
  target: "es2022",
  legalComments: "none",
  charset: "utf8",
  outdir: "vitwidgets/static",
  logLevel: "info",
};

const names = readdirSync("js/src/views").filter((name) =>
  existsSync(`js/src/views/${name}/index.ts`),
);

const views = {
  ...shared,
  format: "esm",
  entryPoints: names.flatMap((name) => [
    { in: `js/src/views/${name}/index.ts`, out: name },
    { in: `js/src/views/${name}/style.css`, out: name },
  ]),
};

const script = (name, entry) => ({
  ...shared,
  format: "iife",
  globalName: `vw${name}`,
  entryPoints: [{ in: `js/src/${entry}.ts`, out: name.toLowerCase() }],
});

const all = [views, script("Host", "host/host"), script("Live", "live/index")];

if (argv.includes("--watch")) {
  for (const options of all) await (await context(options)).watch();
} else {
  await Promise.all(all.map(build));
}
