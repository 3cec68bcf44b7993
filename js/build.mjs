// Bundles each view into one self-contained module (hosts import it from a blob URL,
// where a relative import could not resolve) and the host page's script beside them.
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

const host = {
  ...shared,
  format: "iife",
  globalName: "vwHost",
  entryPoints: [{ in: "js/src/host/host.ts", out: "host" }],
};

if (argv.includes("--watch")) {
  for (const options of [views, host]) await (await context(options)).watch();
} else {
  await Promise.all([build(views), build(host)]);
}
