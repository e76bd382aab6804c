/**
 * Makes one self-contained Linux executable: Node, the program, what V8 compiles of it, and ZeroMQ's addon; beside it,
 * the addon by itself, the licences of what is inside and a bill of materials (CycloneDX).
 * Usage: node scripts/executable.ts [--arch x64|arm64] [FOLDER]   (npm run executable)
 * The file is FOLDER/nbjob-linux-<arch>; the folder is `executable` unless named, the architecture this machine's.
 * For another machine than this one, its Node comes from npm, and what V8 compiles is left to the first start of each run.
 * Node's "Single executable applications" describes the form.
 */
import { execFile } from "node:child_process";
import { chmod, copyFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";
import { build, type Metafile } from "esbuild";
import { addonBuilds, addonName } from "../src/notebook/kernel/addon-file.ts";
import { billOfMaterials } from "./bill-of-materials.ts";
import { bundle, root } from "./bundle.ts";
import { licenceTexts, packagesOf } from "./licences.ts";

const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(path, root));
const { values, positionals } = parseArgs({ options: { arch: { type: "string" } }, allowPositionals: true });
const folder = resolve(positionals[0] ?? at("executable"));
const arch = values.arch ?? process.arch;
const target = { platform: "linux", arch, libc: "glibc" } as const;
const addonBuild = addonBuilds.find((known) => addonName(known) === addonName(target))?.build;
if (addonBuild === undefined)
  throw new Error(`no executable can be made for Linux on ${arch}: name --arch x64 or arm64`);
const addon = at(`node_modules/zeromq/build/${addonBuild}`);
const forThisMachine = process.platform === "linux" && process.arch === arch;
const file = `nbjob-linux-${arch}`;

const made = await mkdtemp(join(tmpdir(), "nbjob-executable-"));
try {
  const { inputs } = await makeScripts();
  await makeCodeCache();
  await inject();
  await mkdir(folder, { recursive: true });
  const packages = await packagesOf(Object.keys(inputs));
  await writeFile(join(folder, "THIRD-PARTY-LICENSES.txt"), await licenceTexts(packages));
  await writeFile(join(folder, "sbom.json"), JSON.stringify(await billOfMaterials(packages), null, 2));
  await copyFile(addon, join(folder, "zeromq.node"));
  // Moved into its place: another process may be running what is there.
  await copyFile(join(made, "nbjob"), join(folder, `${file}.part`));
  await chmod(join(folder, `${file}.part`), 0o755);
  await rename(join(folder, `${file}.part`), join(folder, file));
  process.stderr.write(`executable: ${join(folder, file)}\n`);
} finally {
  await rm(made, { recursive: true, force: true });
}

async function makeScripts(): Promise<Metafile> {
  const metafile = await bundle({
    outfile: join(made, "nbjob.cjs"),
    addonLoader: "src/notebook/kernel/addon-embedded.ts",
    programUrl: "undefined",
    banner: "(function(require,module,exports){",
    footer: "})",
    legalComments: "none",
  });
  await build({
    entryPoints: [at("scripts/executable/main.ts")],
    outfile: join(made, "main.cjs"),
    bundle: true,
    platform: "node",
    format: "cjs",
  });
  return metafile;
}

/** Compiles the program with the Node that will run it: V8 takes only what the same V8 made. */
async function makeCodeCache(): Promise<void> {
  if (!forThisMachine) return writeFile(join(made, "nbjob.cache"), "");
  await writeFile(join(made, "job.yaml"), "artifact: work.sh\noutputFolder: out\nparameters: {a: 1}\n");
  await writeFile(join(made, "work.sh"), "echo done\n");
  const notebook = [at("jobs/hello.ipynb"), "--cwd", made, "--output-folder", join(made, "out")];
  const commandLines = [["--help"], ["run", join(made, "job.yaml")], ["run", ...notebook]];
  await run(process.execPath, [
    at("scripts/executable/code-cache.ts"),
    join(made, "nbjob.cjs"),
    join(made, "nbjob.cache"),
    ...commandLines.map((words) => JSON.stringify(words)),
  ]);
}

/** A copy of Node without its symbol tables, which are a seventh of it, and the assets in a note of their own. */
async function inject(): Promise<void> {
  const config = {
    main: join(made, "main.cjs"),
    output: join(made, "blob"),
    disableExperimentalSEAWarning: true,
    // NODE_OPTIONS are meant for the work.
    execArgvExtension: "none",
    assets: {
      "nbjob.cjs": join(made, "nbjob.cjs"),
      "nbjob.cache": join(made, "nbjob.cache"),
      "zeromq.node": addon,
    },
  };
  await writeFile(join(made, "config.json"), JSON.stringify(config));
  await run(process.execPath, ["--experimental-sea-config", join(made, "config.json")]);
  await copyFile(await nodeOfTarget(), join(made, "nbjob"));
  await run("strip", ["--strip-all", join(made, "nbjob")]).catch(() => {
    process.stderr.write("executable: no strip for it here (Debian's package binutils), so it is a seventh larger\n");
  });
  // The fuse's name is Node's; its zero becomes a one.
  const fuse = "NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2";
  await run(process.execPath, [
    at("node_modules/postject/dist/cli.js"),
    join(made, "nbjob"),
    "NODE_SEA_BLOB",
    join(made, "blob"),
    "--sentinel-fuse",
    fuse,
  ]);
}

/** Node for the target, of this Node's own version: a blob is read by the version that wrote it. */
async function nodeOfTarget(): Promise<string> {
  if (forThisMachine) return process.execPath;
  const name = `node-linux-${arch}`;
  const into = ["--no-save", "--no-package-lock", "--no-audit", "--no-fund", "--force", "--prefix", made];
  // --force: npm refuses packages for another machine.
  await run("npm", ["install", ...into, `${name}@${process.versions.node}`], { cwd: made });
  return join(made, "node_modules", name, "bin/node");
}
