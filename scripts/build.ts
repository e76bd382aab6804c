/** Makes dist/: nbjob.mjs, one executable file with everything in it, and the zeromq addon beside it. */
import { chmod, copyFile, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { build, type Plugin } from "esbuild";
import { addonBuilds, addonName } from "../src/notebook/kernel/addon-file.ts";

const root = new URL("../", import.meta.url);
const manifest: unknown = JSON.parse(await readFile(new URL("package.json", root), "utf8"));
if (typeof manifest !== "object" || manifest === null || !("version" in manifest))
  throw new Error("package.json has no version");

/** zeromq's own loader wants the package's whole folder; ours finds the addon beside the program. */
const ownAddonLoader: Plugin = {
  name: "own-addon-loader",
  setup(builder) {
    builder.onResolve({ filter: /\/load-addon$/ }, () => ({
      path: new URL("src/notebook/kernel/addon.ts", root).pathname,
    }));
  },
};

// Made aside and moved: another process may be running what is there.
const made = new URL("dist.part/", root);
await rm(made, { recursive: true, force: true });
await mkdir(new URL("zeromq", made), { recursive: true });
const { metafile } = await build({
  absWorkingDir: new URL(".", root).pathname,
  entryPoints: ["src/cli.ts"],
  outfile: "dist.part/nbjob.mjs",
  bundle: true,
  minify: true,
  keepNames: true,
  platform: "node",
  target: "node22.18",
  // CommonJS inside the ES module: there each part requires what it needs when it is first used, while an ES module's
  // imports of Node's own modules are all loaded at the start.
  format: "cjs",
  legalComments: "linked",
  plugins: [ownAddonLoader],
  define: { NBJOB_VERSION: JSON.stringify(manifest.version), "import.meta.url": "nbjobUrl" },
  banner: {
    js: `#!/usr/bin/env node
import{createRequire as nbjobRequire}from"node:module";const nbjobUrl=import.meta.url,require=nbjobRequire(nbjobUrl),module={exports:{}};`,
  },
  metafile: true,
  logLevel: "warning",
});
await writeFile(new URL("THIRD-PARTY-LICENSES.txt", made), await licences(Object.keys(metafile.inputs)));
await chmod(new URL("nbjob.mjs", made), 0o755);
for (const target of addonBuilds) {
  await copyFile(
    new URL(`node_modules/zeromq/build/${target.build}`, root),
    new URL(`zeromq/${addonName(target)}`, made),
  );
}
await rm(new URL("dist", root), { recursive: true, force: true });
await rename(made, new URL("dist", root));

/** Every package that is inside the bundle, with the licence that it comes under. */
async function licences(inputs: readonly string[]): Promise<string> {
  const packages = new Set(inputs.flatMap((path) => /^(node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []));
  const texts = [...packages].toSorted().map(async (folder) => {
    // npm's own manifests: name, version and license are texts.
    const { name, version, license } = JSON.parse(
      await readFile(new URL(`${folder}/package.json`, root), "utf8"),
    ) as Record<string, string>;
    const files = (await readdir(new URL(folder, root))).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
    const contents = await Promise.all(files.map((file) => readFile(new URL(`${folder}/${file}`, root), "utf8")));
    return [`${name} ${version} (${license})`, ...contents.map((text) => text.trim())].join("\n\n");
  });
  return `${(await Promise.all(texts)).join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
