/** Makes dist/: nbjob.mjs, one executable file with everything in it, and the zeromq addon beside it. */
import { chmod, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { addonBuilds, addonName } from "../src/notebook/kernel/addon-file.ts";
import { bundle, root } from "./bundle.ts";
import { licenceTexts, packagesOf } from "./licences.ts";

// Made aside and moved: another process may be running what is there.
const made = new URL("dist.part/", root);
await rm(made, { recursive: true, force: true });
await mkdir(new URL("zeromq", made), { recursive: true });
const { inputs } = await bundle({
  outfile: "dist.part/nbjob.mjs",
  addonLoader: "src/notebook/kernel/addon.ts",
  programUrl: "nbjobUrl",
  // CommonJS inside the ES module that the file's name makes of it.
  banner: `#!/usr/bin/env node
import{createRequire as nbjobRequire}from"node:module";const nbjobUrl=import.meta.url,require=nbjobRequire(nbjobUrl),module={exports:{}};`,
  legalComments: "linked",
});
await writeFile(new URL("THIRD-PARTY-LICENSES.txt", made), await licenceTexts(await packagesOf(Object.keys(inputs))));
await chmod(new URL("nbjob.mjs", made), 0o755);
for (const target of addonBuilds) {
  await copyFile(
    new URL(`node_modules/zeromq/build/${target.build}`, root),
    new URL(`zeromq/${addonName(target)}`, made),
  );
}
await rm(new URL("dist", root), { recursive: true, force: true });
await rename(made, new URL("dist", root));
