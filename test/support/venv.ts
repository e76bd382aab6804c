/**
 * Python environments for tests, made once from pinned lists and kept:
 * `test/requirements/<name>.txt` becomes `.cache/venvs/<name>-<hash>`, where the hash covers the list and the
 * interpreter, so that a changed list makes a new environment and never disturbs a test that runs in the old one.
 *
 * A list with a line `# beside: oci, kernel` is installed as it stands, without what its packages depend on, and sees the
 * packages of those environments too (`kernel` is the project's own): what is there already is not installed twice.
 */
import { createHash } from "node:crypto";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { withLock } from "./lock.ts";

const project = join(import.meta.dirname, "..", "..");
const made = new Map<string, Promise<string>>();

/** An environment could not be made. `excuse` is a reason that a test may skip for, such as no package index in reach. */
export class VenvError extends Error {
  override readonly name = "VenvError";
  readonly excuse: string | undefined;

  constructor(message: string, excuse: string | undefined) {
    super(message);
    this.excuse = excuse;
  }
}

/**
 * The path of the Python of the environment that `test/requirements/<name>.txt` describes; its other programs are
 * beside it. The first caller installs (a minute or more for large lists), every other one, in any process, waits.
 * The base interpreter is `NBJOB_TEST_PYTHON`, or `python3`.
 * @throws {VenvError} with the last lines of what pip said
 */
export async function venv(name: string): Promise<string> {
  const existing = made.get(name);
  if (existing) return existing;
  const creating = create(name);
  made.set(name, creating);
  return creating;
}

/** Like {@link venv}, but skips the test, saying why, where this machine cannot have the environment. */
export async function venvOrSkip(t: Pick<TestContext, "skip">, name: string): Promise<string | undefined> {
  try {
    return await venv(name);
  } catch (error) {
    if (!(error instanceof VenvError) || error.excuse === undefined) throw error;
    t.skip(`the Python environment "${name}" cannot be installed here: ${error.excuse}`);
    return undefined;
  }
}

async function create(name: string): Promise<string> {
  const requirements = join(project, "test", "requirements", `${name}.txt`);
  const base = process.env.NBJOB_TEST_PYTHON ?? "python3";
  const { stdout: version } = await execa(base, ["-c", "import sys; print(sys.executable, sys.version)"]);
  const hash = createHash("sha256")
    .update(await readFile(requirements))
    .update(version)
    .digest("hex");
  const folder = join(project, ".cache", "venvs", `${name}-${hash.slice(0, 12)}`);
  const python = join(folder, "bin", "python");
  const stamp = join(folder, "complete");
  if (await exists(stamp)) return python;
  await withLock(`${folder}.lock`, async () => {
    if (await exists(stamp)) return;
    await rm(folder, { recursive: true, force: true });
    const text = await readFile(requirements, "utf8");
    const names = /^# beside: (.*)$/m.exec(text)?.[1]?.split(", ");
    await install(base, folder, requirements, names === undefined ? [] : ["--no-deps"]);
    if (names !== undefined) await seeBeside(python, names);
    await writeFile(stamp, hash);
  });
  return python;
}

/** uv makes an environment in a fifth of pip's time; where it cannot (an index that only pip's settings know), pip does. */
async function install(base: string, folder: string, requirements: string, options: readonly string[]): Promise<void> {
  const python = join(folder, "bin", "python");
  const uv = await uvProgram(base);
  if (uv !== undefined) {
    const env = uvSettings;
    const install = ["pip", "install", "--quiet", "--python", python, ...options, "--requirement", requirements];
    const made = await execa(uv, ["venv", "--quiet", "--python", base, folder], { reject: false, env });
    if (!made.failed && !(await execa(uv, install, { reject: false, env })).failed) return;
    await rm(folder, { recursive: true, force: true });
  }
  const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-compile"];
  await step(requirements, base, ["-m", "venv", folder]);
  await step(requirements, python, [...pip, ...options, "--requirement", requirements]);
}

const uvVersion = "0.13.9";

/** What uv keeps is kept with the project, and goes with it. */
export const uvSettings = { UV_CACHE_DIR: join(project, ".cache", "uv"), UV_LINK_MODE: "hardlink" };

/** uv from the package index, installed once; undefined where there is none for this machine. */
export async function uvProgram(base: string): Promise<string | undefined> {
  const folder = join(project, ".cache", `uv-${uvVersion}`);
  const program = join(folder, "bin", "uv");
  if (await exists(program)) return program;
  return withLock(`${folder}.lock`, async () => {
    if (await exists(program)) return program;
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--no-deps"];
    const target = ["--target", folder, `uv==${uvVersion}`];
    await execa(base, [...pip, ...target], { reject: false });
    return (await exists(program)) ? program : undefined;
  });
}

/** Lets an environment see the packages of others, after its own. */
async function seeBeside(python: string, names: readonly string[]): Promise<void> {
  const others = await Promise.all(
    names.map(async (name) => (name === "kernel" ? join(project, ".venv", "bin", "python") : venv(name))),
  );
  const [own = "", ...folders] = await Promise.all([python, ...others].map(packagesOf));
  // The folder's name tells the version, which compiled packages must have in common.
  const wrong = folders.find((folder) => basename(dirname(folder)) !== basename(dirname(own)));
  const excuse = `the packages in ${wrong} are for another Python`;
  if (wrong !== undefined) throw new VenvError(`Cannot use an environment beside another: ${excuse}.`, excuse);
  await writeFile(join(own, "beside.pth"), `${folders.join("\n")}\n`);
}

async function packagesOf(python: string): Promise<string> {
  const { stdout } = await execa(python, ["-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]);
  return stdout;
}

async function step(requirements: string, program: string, args: readonly string[]): Promise<void> {
  const { all: said, failed } = await execa(program, args, { reject: false, all: true });
  if (!failed) return;
  const offline = /from versions: none/.test(said) && /connection (?:broken|error)|NewConnectionError/i.test(said);
  const tail = said.split("\n").slice(-15).join("\n");
  throw new VenvError(
    `Cannot make the Python environment for ${requirements}: ${tail}`,
    offline ? "no package index is reachable" : undefined,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

// Run by hand, `node test/support/venv.ts oci`, it makes an environment and prints its Python.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of process.argv.slice(2)) process.stdout.write(`${await venv(name)}\n`);
}
