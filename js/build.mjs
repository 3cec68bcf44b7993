// Bundles each view into one self-contained module (hosts import it from a blob URL,
// where a relative import could not resolve) and the host page's script beside them.
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

const views = {
  ...shared,
  format: "esm",
  entryPoints: [
    {
      in: "js/src/views/attention_head_tour/index.ts",
      out: "attention_head_tour",
    },
    { in: "js/src/views/attention_head_tour/style.css", out: "attention_head_tour" },
  ],
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
