import { readdir } from "node:fs/promises";
import { basename, delimiter, join } from "node:path";
import { findProgram } from "../../process/command.ts";
import { spawnGroup } from "../../process/group.ts";
import { withoutPython } from "./unpacked.ts";

type Environment = Readonly<Record<string, string>>;

/** What a shell sets for itself. */
const ofTheShell = new Set(["_", "SHLVL", "PWD", "OLDPWD", "NBJOB_GROUP"]);

/**
 * What the scripts in the pack's `etc/conda/activate.d` set, as `conda activate` would have it: GDAL, PROJ and their like
 * find their data by such variables. A script that fails is told and costs only what it would have set.
 */
export async function activationVariables(
  prefix: string,
  env: Environment,
  warn: (message: string) => void,
  signal?: AbortSignal,
): Promise<Environment> {
  const folder = join(prefix, "etc", "conda", "activate.d");
  const scripts = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".sh")).toSorted();
  if (scripts.length === 0) return {};
  const shell = findProgram("bash", env, "/") ?? findProgram("sh", env, "/");
  if (shell === undefined) {
    warn(`No shell runs the activation scripts of ${folder}`);
    return {};
  }
  const before = inCondaEnvironment(env, prefix);
  const source = 'folder=$1; shift; for script; do . "$folder/$script" >&2 </dev/null; done; exec env -0';
  const chunks: Buffer[] = [];
  let said = "";
  const { settled } = spawnGroup([shell, "-c", source, "activate", folder, ...scripts], {
    cwd: prefix,
    env: before,
    onOutput: (stream, chunk) => {
      if (stream === "stdout") chunks.push(chunk);
      else said = (said + chunk.toString()).slice(-1_000);
    },
    ...(signal === undefined ? {} : { signal }),
  });
  const { code } = await settled;
  signal?.throwIfAborted();
  if (code !== 0) {
    warn(`The activation scripts of ${folder} failed: ${said.trim().split("\n").at(-1) ?? ""}`);
    return {};
  }
  const after = Buffer.concat(chunks).toString("utf8").split("\0");
  return Object.fromEntries(
    after
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const)
      .filter(([name, value]) => name !== "" && !ofTheShell.has(name) && before[name] !== value),
  );
}

/** The environment as `conda activate` leaves it, but for the pack's own scripts. */
export function inCondaEnvironment(env: Environment, prefix: string): Environment {
  return {
    ...withoutPython(env),
    PATH: [join(prefix, "bin"), env["PATH"] ?? ""].join(delimiter),
    CONDA_PREFIX: prefix,
    CONDA_DEFAULT_ENV: basename(prefix),
    CONDA_SHLVL: "1",
  };
}
