/** Where Jupyter keeps kernels, in jupyter_core's order, for the Python that the environment's variables point at. */
import { existsSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

export interface PlacesOptions {
  /** The kernel's whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Environments (a conda environment's or a venv's folder) that come before everything else. */
  readonly prefixes?: readonly string[];
}

/** Python environments that the variables point at: those given, the active venv and conda environment, and that of PATH's Python. */
export function pythonPrefixes({ env, prefixes = [] }: PlacesOptions): readonly string[] {
  const onPath = (env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder.startsWith("/"))
    .flatMap((folder) => [join(folder, "python3"), join(folder, "python")])
    .find((path) => existsSync(path));
  const all = [...prefixes, env.VIRTUAL_ENV, env.CONDA_PREFIX, onPath === undefined ? undefined : prefixOf(onPath)];
  return [...new Set(all.filter((prefix): prefix is string => prefix !== undefined && prefix !== ""))];
}

/** `sys.prefix` of a Python executable without starting it: a venv's Python is a link that must not be followed, others' must. */
export function prefixOf(python: string): string {
  const prefix = dirname(dirname(python));
  if (existsSync(join(prefix, "pyvenv.cfg"))) return prefix;
  try {
    return dirname(dirname(realpathSync(python)));
  } catch {
    return prefix;
  }
}

/** The `kernels` folders to search, first hit wins. */
export function kernelFolders(options: PlacesOptions): readonly string[] {
  const { env, prefixes = [] } = options;
  const home = env.HOME ?? homedir();
  const environments = pythonPrefixes(options).filter((prefix) => !prefixes.includes(prefix));
  const user = [env.JUPYTER_DATA_DIR || userDataFolder(env, home), share(env.PYTHONUSERBASE || join(home, ".local"))];
  const inEnvironment = environments.map(share);
  const both = prefersEnvironment(env, environments[0]) ? [...inEnvironment, ...user] : [...user, ...inEnvironment];
  const data = [
    ...prefixes.map(share),
    ...(env.JUPYTER_PATH ?? "").split(delimiter).filter((path) => path !== ""),
    ...both,
    "/usr/local/share/jupyter",
    "/usr/share/jupyter",
    env.IPYTHONDIR || join(home, ".ipython"),
  ];
  return [...new Set(data.map((path) => join(path, "kernels")))];
}

function share(prefix: string): string {
  return join(prefix, "share", "jupyter");
}

function userDataFolder(env: Readonly<Record<string, string>>, home: string): string {
  if (process.platform === "darwin") return join(home, "Library", "Jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** jupyter_core's rule: as the variable says; else only for a venv or a named conda environment that belongs to this user. */
function prefersEnvironment(env: Readonly<Record<string, string>>, prefix: string | undefined): boolean {
  const wish = env.JUPYTER_PREFER_ENV_PATH;
  if (wish !== undefined) return !["", "no", "n", "false", "off", "0", "0.0"].includes(wish.toLowerCase());
  if (prefix === undefined || !isOurs(prefix)) return false;
  if (existsSync(join(prefix, "pyvenv.cfg"))) return true;
  return prefix === env.CONDA_PREFIX && env.CONDA_DEFAULT_ENV !== undefined && env.CONDA_DEFAULT_ENV !== "base";
}

function isOurs(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
