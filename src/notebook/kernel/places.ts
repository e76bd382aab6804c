/** Where Jupyter keeps kernels, in jupyter_core's order, for the Python that the environment's variables point at. */
import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

type Environment = Readonly<Record<string, string>>;

export interface PlacesOptions {
  /** The kernel's whole environment. */
  readonly env: Environment;
  /** Environments (a conda environment's or a venv's folder) that come before everything else. */
  readonly prefixes?: readonly string[];
}

const system = ["/usr/local/share/jupyter", "/usr/share/jupyter"];

/** Python environments that the variables point at: those given, that of PATH's Python, the active venv and conda environment. */
export function pythonPrefixes({ env, prefixes = [] }: PlacesOptions): readonly string[] {
  const onPath = (env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder.startsWith("/"))
    .flatMap((folder) => [join(folder, "python3"), join(folder, "python")])
    .find((path) => existsSync(path));
  const all = [...prefixes, onPath === undefined ? undefined : prefixOf(onPath), env.VIRTUAL_ENV, env.CONDA_PREFIX];
  return [...new Set(all.filter((prefix): prefix is string => prefix !== undefined && prefix !== ""))];
}

/** `sys.prefix` of a Python executable without starting it: a venv's Python is a link that must not be followed, others' must. */
export function prefixOf(python: string): string {
  const prefix = dirname(dirname(python));
  return isVenv(prefix) ? prefix : dirname(dirname(realpath(python)));
}

/** The `kernels` folders to search, first hit wins: as `jupyter --paths` lists them for the first of the environments. */
export function kernelFolders(options: PlacesOptions): readonly string[] {
  const { env, prefixes = [] } = options;
  const home = realpath(env.HOME ?? homedir());
  const environments = pythonPrefixes(options).filter((prefix) => !prefixes.includes(prefix));
  const [first] = environments;
  const inEnvironment = environments.map(share).filter((folder) => !system.includes(folder));
  const user = [env.JUPYTER_DATA_DIR || userDataFolder(env, home)];
  if (first === undefined || seesUserSite(env, first)) user.push(share(env.PYTHONUSERBASE || join(home, ".local")));
  const both = prefersEnvironment(env, first) ? [...inEnvironment, ...user] : [...user, ...inEnvironment];
  const data = [
    ...prefixes.map(share),
    ...(env.JUPYTER_PATH ?? "").split(delimiter).filter((path) => path !== ""),
    ...both,
    ...system,
    env.IPYTHONDIR || join(home, ".ipython"),
  ];
  return [...new Set(data.map((path) => join(path, "kernels")))];
}

function share(prefix: string): string {
  return join(prefix, "share", "jupyter");
}

function userDataFolder(env: Environment, home: string): string {
  if (process.platform === "darwin") return join(home, "Library", "Jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** Python's rule for its user site: not where the variable forbids it, and not in a venv that is cut off from the system. */
function seesUserSite(env: Environment, prefix: string): boolean {
  if (env.PYTHONNOUSERSITE) return false;
  if (!isVenv(prefix)) return true;
  return /^include-system-site-packages\s*=\s*true\s*$/im.test(readFileSync(join(prefix, "pyvenv.cfg"), "utf8"));
}

/** jupyter_core's rule: as the variable says; else only for a venv or a named conda environment that belongs to this user. */
function prefersEnvironment(env: Environment, prefix: string | undefined): boolean {
  const wish = env.JUPYTER_PREFER_ENV_PATH;
  if (wish !== undefined) return !["no", "n", "false", "off", "0", "0.0"].includes(wish.toLowerCase());
  if (prefix === undefined || statSync(prefix, { throwIfNoEntry: false })?.uid !== process.geteuid?.()) return false;
  const conda = env.CONDA_PREFIX;
  const isNamedConda = conda !== undefined && (env.CONDA_DEFAULT_ENV ?? "base") !== "base" && prefix.startsWith(conda);
  return isVenv(prefix) || isNamedConda;
}

function isVenv(prefix: string): boolean {
  return existsSync(join(prefix, "pyvenv.cfg"));
}

function realpath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}
