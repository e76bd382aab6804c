/** Makes dist/: nbjob.mjs, one executable file with everything in it, and the zeromq addon beside it. */
import { chmod, cp, mkdir, readFile, rm } from "node:fs/promises";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);
const manifest: unknown = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
if (typeof manifest !== "object" || manifest === null || !("version" in manifest)) throw new Error("package.json has no version");

await rm(new URL("dist", root), { recursive: true, force: true });
await mkdir(new URL("dist", root));
await build({
  absWorkingDir: new URL(".", root).pathname,
  entryPoints: ["src/cli.ts"],
  outfile: "dist/nbjob.mjs",
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node22.18",
  format: "esm",
  legalComments: "linked",
  external: ["zeromq"],
  define: { NBJOB_VERSION: JSON.stringify(manifest.version) },
  banner: {
    js: `#!/usr/bin/env node
import{createRequire as nbjobRequire}from"node:module";const require=nbjobRequire(import.meta.url);`,
  },
  logLevel: "warning",
});
await chmod(new URL("dist/nbjob.mjs", root), 0o755);
await cp(new URL("node_modules/zeromq/build", root), new URL("dist/zeromq", root), { recursive: true });
